"""Where there is sound: spans of a recording above a level, with hysteresis. Pure.

This is the measuring side (demo, tests, evaluation): it looks at a whole recording after the fact. Nothing that
decides in a call may use it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from voiceagent.audio.frame import Pcm, ms_to_samples
from voiceagent.audio.level import Levels, levels_dbfs

ON_DBFS: Final = -45.0  # a voice prompt is at -20 to -30; a codec's idle noise is below -60
OFF_DBFS: Final = -52.0  # hysteresis: quiet consonants and the tail of a word belong to it
_WINDOW: Final = ms_to_samples(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundSpan:
    """Samples [start, end) of sound."""

    start: int
    end: int


def sound_spans(pcm: Pcm, *, bridge_ms: float = 0.0, shortest_ms: float = 15.0) -> tuple[SoundSpan, ...]:
    """Spans of sound in `pcm` (samples,), in order, to 5 ms.

    Gaps shorter than `bridge_ms` are bridged; what is then shorter than `shortest_ms` (a click) is left out.
    """
    bridge, shortest = ms_to_samples(bridge_ms), ms_to_samples(shortest_ms)
    merged: list[SoundSpan] = []
    for start, end in _above(levels_dbfs(pcm, _WINDOW)):
        span = SoundSpan(start=start * _WINDOW, end=end * _WINDOW)
        if merged and span.start - merged[-1].end < bridge:
            merged[-1] = SoundSpan(start=merged[-1].start, end=span.end)
        else:
            merged.append(span)
    return tuple(span for span in merged if span.end - span.start >= shortest)


def _above(levels: Levels) -> Iterator[tuple[int, int]]:
    """Runs of windows that stay above OFF_DBFS and reach ON_DBFS somewhere."""
    audible = np.concatenate(([False], levels > OFF_DBFS, [False]))
    edges = np.flatnonzero(audible[1:] != audible[:-1])
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if float(levels[start:end].max()) >= ON_DBFS:
            yield int(start), int(end)
