"""16 kHz to 24 kHz and back, a micro-turn at a time: Moshi's codec runs at 24 kHz, the rest of the house at 16."""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from voiceagent.audio.frame import SAMPLE_RATE_HZ

MOSHI_RATE_HZ: Final = 24_000
_COMMON_HZ: Final = 48_000  # both rates divide it
_REACH: Final = 32  # input samples that each output sample looks back on; it is late by half of them, 1 ms
_PASS: Final = 0.92  # of the lower rate's band; the rest is where the filter falls

Signal = npt.NDArray[np.float32]  # (samples,), in [-1, 1]
Taps = npt.NDArray[np.float32]  # (phases, _REACH), oldest input first


class RateChange:
    """One stream from `from_hz` to `to_hz` (16 or 24 kHz): causal, keeps its own past, n in give n * to / from out."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._up, self._down = _COMMON_HZ // from_hz, _COMMON_HZ // to_hz
        self._taps = _taps(self._up, self._down)
        self._past: Signal = np.zeros(_REACH - 1, np.float32)

    def push(self, signal: Signal) -> Signal:
        """The next (samples,) at the other rate. What was pushed must fill whole samples of the other rate."""
        heard = np.concatenate([self._past, signal])
        self._past = heard[-(_REACH - 1) :]
        at = np.arange(len(signal) * self._up // self._down) * self._down  # places of the output on the common grid
        looked_back_on = np.lib.stride_tricks.sliding_window_view(heard, _REACH)[at // self._up]
        out: Signal = np.einsum("kn,kn->k", looked_back_on, self._taps[at % self._up])
        return out


def to_moshi() -> RateChange:
    """For a stream of the house on its way into the codec."""
    return RateChange(SAMPLE_RATE_HZ, MOSHI_RATE_HZ)


def from_moshi() -> RateChange:
    """For a stream of the codec on its way into the house."""
    return RateChange(MOSHI_RATE_HZ, SAMPLE_RATE_HZ)


@cache
def _taps(up: int, down: int) -> Taps:
    """Kaiser-windowed sinc on the common grid (70 dB), cut into one filter for each place between two inputs."""
    length = up * _REACH
    cut = _PASS / max(up, down)  # of half the common rate
    n = np.arange(length) - (length - 1) / 2
    low_pass = up * cut * np.sinc(cut * n) * np.kaiser(length, 7.0)
    return np.ascontiguousarray(low_pass.reshape(_REACH, up).T[:, ::-1], dtype=np.float32)
