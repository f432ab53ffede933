"""A telephone line, offline: 300-3400 Hz, 8 kHz, G.711 mu-law, and back to 16 kHz. For tests and benchmarks."""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, from_float, to_float
from voiceagent.audio.g711 import decode_mu, encode_mu

PHONE_RATE_HZ: Final = 8_000
_LOW_HZ, _HIGH_HZ = 300.0, 3400.0
_TAPS: Final = 255  # odd, so that the delay of 127 samples is whole and can be taken out

Taps = npt.NDArray[np.float64]  # (_TAPS,)


def through_phone(pcm: Pcm) -> Pcm:
    """What the far end hears of 16 kHz PCM (samples,) over a `tel` line; same length, no delay."""
    band = _filtered(to_float(pcm).astype(np.float64), _band_pass())
    narrow = from_float(band[::2])  # 16 to 8 kHz: nothing is left above 4 kHz
    heard = to_float(decode_mu(encode_mu(narrow))).astype(np.float64)
    wide = np.zeros(len(pcm))
    wide[::2] = 2.0 * heard  # zeros between samples halve the level
    return from_float(_filtered(wide, _band_pass()))


def _filtered(signal: npt.NDArray[np.float64], taps: Taps) -> npt.NDArray[np.float64]:
    """Linear-phase filtering with its delay removed."""
    if not len(signal):
        return signal
    return np.convolve(signal, taps)[_TAPS // 2 : _TAPS // 2 + len(signal)]


@cache
def _band_pass() -> Taps:
    """Blackman-windowed sinc at 16 kHz: -6 dB at the edges, below -60 dB from 4 kHz on."""
    n = np.arange(_TAPS) - _TAPS // 2
    high, low = 2 * _HIGH_HZ / SAMPLE_RATE_HZ, 2 * _LOW_HZ / SAMPLE_RATE_HZ
    ideal = high * np.sinc(high * n) - low * np.sinc(low * n)
    return np.asarray(ideal * np.blackman(_TAPS), dtype=np.float64)
