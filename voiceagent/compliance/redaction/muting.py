"""From masked words to silence in a recording. Pure; audio is (samples,) or (channels, samples)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voiceagent.compliance.redaction.values import Span

HEAD_MS: Final = 150  # a word's times are a recogniser's guess: its first sound may lie before them
TAIL_MS: Final = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWord:
    """A word's place in the text, characters [start, end), and in the recording."""

    start: int
    end: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteSpan:
    """Milliseconds [start_ms, end_ms) of the recording's clock."""

    start_ms: int
    end_ms: int


def mute_spans(
    spans: Iterable[Span], words: Sequence[TimedWord], turn_start_ms: int, turn_end_ms: int
) -> tuple[MuteSpan, ...]:
    """What to mute of a turn, merged, in order. A span whose words have no times mutes the whole turn."""
    wanted: list[MuteSpan] = []
    for span in spans:
        inside = [word for word in words if word.start < span.end and word.end > span.start]
        covered = bool(inside) and min(w.start for w in inside) <= span.start and max(w.end for w in inside) >= span.end
        start, end = (
            (min(w.start_ms for w in inside), max(w.end_ms for w in inside))
            if covered
            else (turn_start_ms, turn_end_ms)
        )
        wanted.append(MuteSpan(start_ms=max(0, start - HEAD_MS), end_ms=end + TAIL_MS))
    return merged(wanted)


def merged(spans: Iterable[MuteSpan]) -> tuple[MuteSpan, ...]:
    """Spans that touch become one."""
    done: list[MuteSpan] = []
    for span in sorted(spans, key=lambda span: span.start_ms):
        if done and span.start_ms <= done[-1].end_ms:
            done[-1] = MuteSpan(start_ms=done[-1].start_ms, end_ms=max(done[-1].end_ms, span.end_ms))
        else:
            done.append(span)
    return tuple(done)


def mute(samples: npt.NDArray[Any], spans: Iterable[MuteSpan], sample_rate_hz: int) -> npt.NDArray[Any]:
    """A copy of the audio, time on its last axis, that is silent within the spans."""
    muted = np.array(samples, copy=True)
    for span in spans:
        start = span.start_ms * sample_rate_hz // 1000
        end = -(-span.end_ms * sample_rate_hz // 1000)
        muted[..., start:end] = 0
    return muted
