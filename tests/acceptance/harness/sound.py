"""Is this sound in that recording? By correlation, so that only the same words in the same voice count.

A piece of sound that went through a phone line comes back with 0.9 or more; other words in the same voice stay
below 0.5.
"""

import numpy as np
import numpy.typing as npt

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, ms_to_samples, to_float
from voiceagent.audio.spans import sound_spans

_Signal = npt.NDArray[np.float64]
_PIECE_MS = 500  # long enough to be unmistakable, short enough to survive a jitter buffer's corrections
_BAND_HZ = (300.0, 3_300.0)
_BLOCK = 1 << 18
SAME, OTHER = 0.8, 0.6  # between the two nothing is claimed


def likeness(sound: Pcm, recording: Pcm) -> float:
    """How surely `sound` occurs in `recording`, in [0, 1]: the median over its half seconds of the best match."""
    pieces = _pieces(sound)
    assert pieces, "there is no sound to look for"
    return float(np.median([best_match(piece, recording) for piece in pieces]))


def best_match(piece: Pcm, recording: Pcm) -> float:
    """The highest normalised cross-correlation of `piece` with any place of `recording`, in the phone band."""
    wanted = _phone_band(to_float(piece).astype(np.float64))
    norm = float(np.sqrt(np.sum(wanted**2)))
    best = 0.0
    for start in range(0, max(1, len(recording) - len(piece)), _BLOCK - len(piece)):
        block = to_float(recording[start : start + _BLOCK]).astype(np.float64)
        if len(block) >= len(piece) and block.any():
            best = max(best, _best_in_block(wanted, norm, _phone_band(block)))
    return best


def _best_in_block(wanted: _Signal, norm: float, block: _Signal) -> float:
    size = len(block) + len(wanted)
    products = np.fft.irfft(np.fft.rfft(block, size) * np.conj(np.fft.rfft(wanted, size)), size)
    places = len(block) - len(wanted) + 1
    energy = np.concatenate(([0.0], np.cumsum(block**2)))
    local = np.sqrt(np.maximum(energy[len(wanted) :] - energy[: -len(wanted)], 0.0))
    audible = local > 0.002 * np.sqrt(len(wanted))  # -54 dBFS: below it anything correlates with anything
    scores = np.where(audible, products[:places] / np.maximum(local * norm, 1e-9), 0.0)
    return float(scores.max(initial=0.0))


def _pieces(sound: Pcm) -> list[Pcm]:
    """Half seconds of `sound` that are mostly audible."""
    length = ms_to_samples(_PIECE_MS)
    spans = sound_spans(sound, bridge_ms=150)
    starts = [at for span in spans for at in range(span.start, span.end - length + 1, length)]
    return [sound[at : at + length] for at in starts] or [sound[span.start : span.end] for span in spans[:1]]


def _phone_band(signal: _Signal) -> _Signal:
    spectrum = np.fft.rfft(signal)
    frequencies = np.fft.rfftfreq(len(signal), 1 / SAMPLE_RATE_HZ)
    spectrum[(frequencies < _BAND_HZ[0]) | (frequencies > _BAND_HZ[1])] = 0
    filtered: _Signal = np.fft.irfft(spectrum, len(signal))
    return filtered
