"""The floor policy: turns the model's probabilities into acts, with four public knobs and hard guards.

The model decides; this only says how sure it has to be. There is no energy threshold and no word list here; when the
words of a pause are known and nothing is missing behind them, that is evidence too (`complete`).
Guards: a protected span cannot be interrupted, and `barge_in` none/dtmf silences speech interruption altogether.
Times are ms of the media clock, passed in.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.conversation.profile import BackchannelLevel, BargeIn, FloorKnobs

# Who has said all that was asked for is done more often than the sound alone tells; never more than this is made of it,
# since "yes" may be followed by "but"
_COMPLETE_ODDS: Final = 3.0


class FloorAct(StrEnum):
    """What to do with the floor in this micro-turn."""

    TAKE = "take"
    DUCK = "duck"
    UNDUCK = "unduck"
    STOP = "stop"
    BACKCHANNEL = "backchannel"


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorView:
    """What the policy may know: the model's view and what is happening on our side.

    complete: the caller's words so far are known, and are all that was needed.
    """

    floor: FloorProbabilities
    now_ms: int
    speaking: bool
    protected: bool
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorThresholds:
    """How sure is sure; derived from the knobs, replaceable for evaluation sweeps."""

    take: float
    take_turns: int  # consecutive micro-turns
    duck: float = 0.5
    stop: float = 0.6  # in one micro-turn: waiting for a second costs more than it saves, a stop can be taken back
    unduck: float = 0.3
    backchannel: float = 0.5
    backchannel_gap_ms: int = 4000

    @classmethod
    def of(cls, knobs: FloorKnobs) -> "FloorThresholds":
        """`patience` 0 takes the floor at p >= 0.35 at once, 1 asks for 0.85 in three micro-turns running."""
        gap = 8000 if knobs.backchannel is BackchannelLevel.LOW else 4000
        return cls(
            take=0.35 + 0.5 * knobs.patience,
            take_turns=1 + round(2 * knobs.patience**2),
            backchannel_gap_ms=gap,
        )


class FloorPolicy:
    """One call's policy: counters only, no audio."""

    def __init__(self, knobs: FloorKnobs, thresholds: FloorThresholds | None = None) -> None:
        self._knobs = knobs
        self._at = thresholds or FloorThresholds.of(knobs)
        self._take_run = 0
        self._ducked = False
        self._last_backchannel_ms = -self._at.backchannel_gap_ms

    def step(self, view: FloorView) -> FloorAct | None:
        """The act for this micro-turn, or None to go on as before."""
        if view.speaking:
            self._take_run = 0
            return self._while_speaking(view)
        self._ducked = False
        return self._while_silent(view)

    def guarded(self, now_ms: int, *, protected: bool) -> bool:
        """Whether speech cannot interrupt now, whatever the model says."""
        opening = now_ms < self._knobs.protected_opening_s * 1000
        return protected or opening or self._knobs.barge_in in (BargeIn.NONE, BargeIn.DTMF)

    def _while_speaking(self, view: FloorView) -> FloorAct | None:
        guarded = self.guarded(view.now_ms, protected=view.protected)
        wish = -1.0 if guarded else view.floor.yield_  # below every threshold
        if wish >= self._at.stop:
            self._ducked = False
            return FloorAct.STOP
        if not self._ducked and wish >= self._at.duck:
            self._ducked = True
            return FloorAct.DUCK
        if self._ducked and wish < self._at.unduck:
            self._ducked = False
            return FloorAct.UNDUCK
        return None

    def _while_silent(self, view: FloorView) -> FloorAct | None:
        speak = _likelier(view.floor.speak) if view.complete else view.floor.speak
        self._take_run = self._take_run + 1 if speak >= self._at.take else 0
        if self._take_run >= self._at.take_turns:
            self._take_run = 0
            return FloorAct.TAKE
        wanted = self._knobs.backchannel is not BackchannelLevel.OFF and view.floor.backchannel >= self._at.backchannel
        if wanted and view.now_ms - self._last_backchannel_ms >= self._at.backchannel_gap_ms:
            self._last_backchannel_ms = view.now_ms
            return FloorAct.BACKCHANNEL
        return None


def _likelier(probability: float) -> float:
    """The odds raised by `_COMPLETE_ODDS`; 0 and 1 stay."""
    raised = probability * _COMPLETE_ODDS
    return raised / (raised + 1.0 - probability)
