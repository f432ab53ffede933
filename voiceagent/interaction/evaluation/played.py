"""What was heard of the agent in one judged call: when it began, and where it fell silent with more to say.

Everything here looks at played samples, never at acts.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm
from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.interaction.evaluation.scenarios import ScenarioItem

_WINDOW: Final = 160  # 10 ms
_AUDIBLE: Final = 64  # of 32768, -54 dBFS: quieter is the breath at a sentence's edge
_DUCKED: Final = 8  # what is left of the quietest audible sound under the deepest duck (-12 dB), and some room

_HOLE_WINDOWS: Final = 6  # 60 ms: up to here a listener hears a wavering line, not a stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came out of one item. trace: the model's view after every micro-turn.

    agent: (samples,) the agent's turns as they were heard, backchannels left out. meant: (samples,) the long utterance
    that it was given (scenarios c, d, e), had nothing stopped it.
    backchannels_s: when each backchannel began.
    """

    item: ScenarioItem
    agent: Pcm
    meant: Pcm = field(default_factory=lambda: np.zeros(0, np.int16))
    trace: tuple[FloorProbabilities, ...] = ()
    backchannels_s: tuple[float, ...] = ()
    took_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """More than 60 ms that were meant and not heard; seconds. heard_until_s: the end of the last sound before it, which
    is earlier than from_s where the utterance itself has a silence."""

    heard_until_s: float
    from_s: float
    to_s: float


def agent_starts(played: Played) -> float | None:
    """First audible agent sample, seconds."""
    audible = np.flatnonzero(np.abs(played.agent.astype(np.int32)) >= _AUDIBLE)
    return float(audible[0]) / SAMPLE_RATE_HZ if len(audible) else None


def agent_stops(played: Played) -> float:
    """Last audible agent sample, seconds; 0 when there is none."""
    audible = np.flatnonzero(np.abs(played.agent.astype(np.int32)) >= _DUCKED)
    return float(audible[-1]) / SAMPLE_RATE_HZ if len(audible) else 0.0


def holes(played: Played) -> list[Hole]:
    """Where the agent was silent and should not have been. Silences of the utterance itself are no part of a hole."""
    spoken = _spoken(played)
    heard = np.zeros(len(played.meant) // _WINDOW, bool)
    sounding = _peaks(played.agent[: len(played.meant)]) >= _DUCKED
    heard[: len(sounding)] = sounding
    found = []
    for first, last in _runs(~heard[spoken]):
        if last - first + 1 > _HOLE_WINDOWS:
            before = _s(spoken[first - 1] + 1) if first else 0.0
            found.append(Hole(heard_until_s=before, from_s=_s(spoken[first]), to_s=_s(spoken[last] + 1)))
    return found


def cut_short(played: Played) -> Hole | None:
    """The hole that nothing follows: the agent was stopped and did not go on."""
    found = holes(played)
    return found[-1] if found and found[-1].to_s == _s(_spoken(played)[-1] + 1) else None


def _spoken(played: Played) -> npt.NDArray[np.int64]:
    """Windows in which the agent meant to be heard."""
    return np.flatnonzero(_peaks(played.meant) >= _AUDIBLE)


def _s(windows: int | np.int64) -> float:
    return int(windows) * _WINDOW / SAMPLE_RATE_HZ


def _peaks(pcm: Pcm) -> npt.NDArray[np.int32]:
    """(windows,) the largest sample of each 10 ms."""
    whole = len(pcm) // _WINDOW * _WINDOW
    peaks: npt.NDArray[np.int32] = np.abs(pcm[:whole].astype(np.int32)).reshape(-1, _WINDOW).max(axis=1, initial=0)
    return peaks


def _runs(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of every run of True."""
    steps = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [(int(begin), int(end) - 1) for begin, end in zip(steps[::2], steps[1::2], strict=True)]
