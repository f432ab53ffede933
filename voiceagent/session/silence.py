"""When nobody speaks: ask once or twice whether the caller is there, then end the call with its reason."""

from dataclasses import dataclass

from voiceagent.conversation.profile import Waits
from voiceagent.core.termination import Reason

_GRACE_MS = 15_000  # a call past its limit waits this long for a good moment to say goodbye


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceBreaker:
    """Words to break a silence with. With `ending`, the call ends for that reason once they were heard."""

    text: str
    ending: Reason | None = None


class Silence:
    """One call's dead-air watchdog and time limit; pure."""

    def __init__(self, waits: Waits, max_call_s: float) -> None:
        self._waits = waits
        self._limit_ms = max_call_s * 1000
        self._asked = 0
        self._given_ms = 0.0

    def caller_spoke(self) -> None:
        """They are there: the usual patience."""
        self._asked = 0
        self._given_ms = 0.0

    @property
    def giving(self) -> bool:
        """The time that the caller asked for is not used up."""
        return self._given_ms > 0

    def give(self, seconds: float) -> None:
        """The caller asked for time; it counts from the last sound of anybody."""
        self._given_ms = seconds * 1000

    def given(self, now_ms: int, quiet_since_ms: int) -> bool:
        """Whether that time still runs. Once it is over it is used up."""
        if now_ms >= self._limit_ms or now_ms - quiet_since_ms >= self._given_ms:
            self._given_ms = 0.0
        return self.giving

    def overdue(self, now_ms: int) -> bool:
        """The call is past its limit and no good moment came by itself."""
        return now_ms >= self._limit_ms + _GRACE_MS

    def step(self, now_ms: int, quiet_since_ms: int) -> SilenceBreaker | None:
        """What to say now, or None: a reprompt, or goodbye after the last one and at the time limit."""
        if now_ms >= self._limit_ms:
            return SilenceBreaker(text=self._waits.goodbye, ending=Reason.TIME_LIMIT)
        if now_ms - quiet_since_ms < self._waits.reprompt_after_s * 1000:
            return None
        if self._asked >= self._waits.hang_up_after_reprompts:
            return SilenceBreaker(text=self._waits.goodbye, ending=Reason.DEAD_AIR)
        self._asked += 1
        return SilenceBreaker(text=self._waits.reprompt)
