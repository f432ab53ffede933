"""When nobody speaks: ask once or twice whether the caller is there, then end the call with its reason."""

from voiceagent.conversation.profile import Waits
from voiceagent.core.termination import Reason


class Silence:
    """One call's dead-air watchdog; pure."""

    def __init__(self, waits: Waits) -> None:
        self._waits = waits
        self._asked = 0
        self.ending = Reason.AGENT_HUNG_UP  # why the call ends after the last words being spoken

    def caller_spoke(self) -> None:
        self._asked = 0

    def step(self, now_ms: int, quiet_since_ms: int, max_call_s: float) -> str | None:
        """Words to break the silence with, or None. After the last reprompt (or the time limit) `ending` is set."""
        if now_ms >= max_call_s * 1000:
            self.ending = Reason.TIME_LIMIT
            return self._waits.goodbye
        if now_ms - quiet_since_ms < self._waits.reprompt_after_s * 1000:
            return None
        if self._asked >= self._waits.hang_up_after_reprompts:
            self.ending = Reason.DEAD_AIR
            return self._waits.goodbye
        self._asked += 1
        return self._waits.reprompt
