"""Is this very sound in that recording? By correlation of waveforms, for what must be found nowhere.

A piece of sound that went through a phone line comes back with 0.9 or more; other words in the same voice stay
below 0.4.
"""

import numpy as np
import numpy.typing as npt

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, to_float

_Signal = npt.NDArray[np.float64]
_BAND_HZ = (300.0, 3_300.0)
_BLOCK = 1 << 18
SAME = 0.8


def best_matches(pieces: list[Pcm], recording: Pcm) -> list[float]:
    """For each piece the highest normalised cross-correlation with any place of `recording`, in the phone band."""
    wanted = [_phone_band(to_float(piece).astype(np.float64)) for piece in pieces]
    longest = max(len(piece) for piece in wanted)
    best = [0.0] * len(pieces)
    for start in range(0, max(1, len(recording) - longest), _BLOCK - longest):
        block = to_float(recording[start : start + _BLOCK]).astype(np.float64)
        if len(block) >= longest and block.any():
            scores = _scores_in_block(wanted, block)
            best = [max(pair) for pair in zip(best, scores, strict=True)]
    return best


def _scores_in_block(wanted: list[_Signal], block: _Signal) -> list[float]:
    """Band and correlation in one transform: products come from the spectrum that is cut to the band anyway."""
    spectrum = _cut_to_band(np.fft.rfft(block, _BLOCK), _BLOCK)
    energy = np.concatenate(([0.0], np.cumsum(np.fft.irfft(spectrum, _BLOCK)[: len(block)] ** 2)))
    scores = []
    for piece in wanted:
        places = len(block) - len(piece) + 1
        products = np.fft.irfft(spectrum * np.conj(np.fft.rfft(piece, _BLOCK)), _BLOCK)[:places]
        local = np.sqrt(np.maximum(energy[len(piece) :] - energy[: -len(piece)], 0.0))
        audible = local > 0.002 * np.sqrt(len(piece))  # -54 dBFS: below it anything correlates with anything
        norm = np.maximum(local * np.sqrt(np.sum(piece**2)), 1e-9)
        scores.append(float(np.where(audible, products / norm, 0.0).max(initial=0.0)))
    return scores


def _phone_band(signal: _Signal) -> _Signal:
    filtered: _Signal = np.fft.irfft(_cut_to_band(np.fft.rfft(signal), len(signal)), len(signal))
    return filtered


def _cut_to_band(spectrum: npt.NDArray[np.complex128], size: int) -> npt.NDArray[np.complex128]:
    frequencies = np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ)
    return np.where((frequencies >= _BAND_HZ[0]) & (frequencies <= _BAND_HZ[1]), spectrum, 0)
