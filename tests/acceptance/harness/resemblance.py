"""Are these words said in that recording? By correlation of mel spectra, piece by piece.

Not of waveforms: eSpeak NG renders a text a little differently each time, and a jitter buffer on a busy machine drops,
repeats and conceals frames. The same text over a phone line comes back with 0.98 or more, with one frame in eight
disturbed still with 0.86; the same sentence with one other digit with 0.93, other sentences stay below 0.82.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, ms_to_samples, to_float
from voiceagent.audio.spans import sound_spans

SAID, UNSAID = 0.85, 0.83  # between the two nothing is claimed
_WINDOW, _HOP = ms_to_samples(40), ms_to_samples(20)
_PIECE = 50  # frames: 1 s, so that a shift in one piece leaves the others alone
_TEMPOS = (0.92, 0.96, 1.0, 1.04, 1.08)
_LOW_HZ, _HIGH_HZ, _BANDS = 300.0, 3_300.0, 24
_FLOOR = 1e-4  # below it there is only line noise

_Matrix = npt.NDArray[np.float64]


def resemblance(words: Pcm | Sequence[Pcm], recording: Pcm) -> float:
    """How surely `words` are said in `recording`, in their voice and tempo: the median of their pieces, in [-1, 1].

    Several lines are surer than one of two seconds, whose only two pieces one stall of the machine can tear.
    """
    lines = [words] if isinstance(words, np.ndarray) else words
    recordings = [_spectrum(recording[offset:]) for offset in (0, _HOP // 2)]  # it seldom begins on our grid
    return float(np.median([_best_at_any_tempo(piece, recordings) for line in lines for piece in _pieces(line)]))


def _pieces(line: Pcm) -> list[_Matrix]:
    spans = sound_spans(line, bridge_ms=150)
    assert spans, "there is no sound to look for"
    spectrum = _spectrum(line[spans[0].start : spans[-1].end])  # a caller may hang up in the silence after it
    pieces: list[_Matrix] = np.array_split(spectrum, max(1, round(len(spectrum) / _PIECE)))
    return pieces


def _best_at_any_tempo(piece: _Matrix, recordings: list[_Matrix]) -> float:
    """A jitter buffer that fills or drains plays a little slower or faster for a while."""
    return max(_best_match(_stretched(piece, tempo), heard) for tempo in _TEMPOS for heard in recordings)


def _stretched(piece: _Matrix, tempo: float) -> _Matrix:
    places = np.linspace(0, len(piece) - 1, max(2, round(len(piece) * tempo)))
    before = np.minimum(places.astype(int), len(piece) - 2)
    share = (places - before)[:, None]
    return piece[before] * (1 - share) + piece[before + 1] * share


def _best_match(piece: _Matrix, heard: _Matrix) -> float:
    """The highest correlation with any place of `heard`, all places at once: frame by frame of the piece."""
    places = len(heard) - len(piece) + 1
    if places < 1:
        return -1.0
    wanted = (piece - piece.mean()) / max(1e-9, piece.std())
    products = np.zeros(places)
    for at, frame in enumerate(wanted):
        products += heard[at : at + places] @ frame
    mean, square = (_window_sums(each, len(piece)) / piece.size for each in (heard, heard**2))
    spread = np.sqrt(np.maximum(square - mean**2, 0.0))
    return float((products / piece.size / np.maximum(spread, 1e-4)).max())  # `wanted` has no mean: theirs is no matter


def _window_sums(heard: _Matrix, frames: int) -> _Matrix:
    sums = np.concatenate(([0.0], np.cumsum(heard.sum(axis=1))))
    windows: _Matrix = sums[frames:] - sums[:-frames]
    return windows


def _spectrum(pcm: Pcm) -> _Matrix:
    """(samples,) -> log energies (frames, bands)."""
    if len(pcm) < _WINDOW:
        return np.zeros((0, _BANDS))
    frames = np.lib.stride_tricks.sliding_window_view(to_float(pcm).astype(np.float64), _WINDOW)[::_HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW))) ** 2
    bands: _Matrix = np.log(power @ _filters().T + _FLOOR)
    return bands


def _filters() -> _Matrix:
    """Triangles on the mel scale (bands, bins)."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (_LOW_HZ, _HIGH_HZ))
    edges = 700 * (10 ** (np.linspace(low, high, _BANDS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE_HZ)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.clip(np.minimum(rising, falling), 0.0, None)
