"""Which stretches of sound can be a voice: periodic, and not a pure tone. Pure numpy.

A grammar of short words finds a "yes" in a keypad tone and a "that's fine" in hiss. Hiss has no pitch, and a tone puts
nearly all of its energy into one or two lines of the spectrum; a vowel does neither.
"""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, ms_to_samples

HOP: Final = ms_to_samples(10)
_WINDOW: Final = ms_to_samples(40)  # three periods of the lowest voice
_LAGS: Final = (SAMPLE_RATE_HZ // 400, SAMPLE_RATE_HZ // 70)  # pitch from 70 to 400 Hz
_PERIODIC: Final = 0.5  # normalised autocorrelation; hiss stays below 0.35
_TONAL: Final = 0.9  # share of the energy in the two strongest lines; keypad tones have 0.98
_QUIET: Final = 30.0  # RMS of 32768: below it nobody speaks (-61 dBFS)
_LINE: Final = 3  # bins to each side that belong to a line, for a Hann window


def voiced_frames(pcm: Pcm) -> npt.NDArray[np.bool_]:
    """Whether each 10 ms frame of 16 kHz PCM (samples,) can be a voice; (frames,), complete windows only."""
    if len(pcm) < _WINDOW:
        return np.zeros(0, np.bool_)
    windows = np.lib.stride_tricks.sliding_window_view(pcm, _WINDOW)[::HOP].astype(np.float64)
    windows = windows - windows.mean(axis=1, keepdims=True)
    loud = np.sqrt((windows**2).mean(axis=1)) >= _QUIET
    spectra = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW), 2 * _WINDOW)) ** 2  # (frames, bins)
    voiced: npt.NDArray[np.bool_] = loud & (_periodicity(spectra) >= _PERIODIC) & (_tonality(spectra) < _TONAL)
    return voiced


def _periodicity(spectra: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The highest autocorrelation at a lag of a voice's pitch, corrected for the window, in [0, 1]; (frames,)."""
    correlation = np.fft.irfft(spectra)[:, : _LAGS[1] + 1]
    normalised = correlation / np.maximum(correlation[:, :1], 1e-9) / _window_correlation()[: _LAGS[1] + 1]
    highest: npt.NDArray[np.float64] = normalised[:, _LAGS[0] :].max(axis=1)
    return highest


def _tonality(spectra: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The share of energy in the two strongest lines; (frames,)."""
    rest = spectra.copy()
    rows = np.arange(len(rest))
    for _ in range(2):
        peak = rest.argmax(axis=1)
        for offset in range(-2 * _LINE, 2 * _LINE + 1):  # the transform is padded to twice the window
            rest[rows, np.clip(peak + offset, 0, rest.shape[1] - 1)] = 0.0
    tonality: npt.NDArray[np.float64] = 1.0 - rest.sum(axis=1) / np.maximum(spectra.sum(axis=1), 1e-9)
    return tonality


class Voicing:
    """The voiced frames of an utterance that comes in pieces."""

    def __init__(self) -> None:
        self._frames: list[npt.NDArray[np.bool_]] = []
        self._rest = np.zeros(0, np.int16)  # samples whose windows are not complete

    def add(self, pcm: Pcm) -> None:
        """More of the utterance, 16 kHz (samples,)."""
        sound = np.concatenate([self._rest, pcm])
        frames = voiced_frames(sound)
        self._frames.append(frames)
        self._rest = sound[len(frames) * HOP :]

    def span(self) -> tuple[int, int]:
        """The first and the last frame that can be a voice; (0, -1) when none can."""
        voiced = np.flatnonzero(self._so_far())
        return (int(voiced[0]), int(voiced[-1])) if len(voiced) else (0, -1)

    def share(self, first: int, last: int) -> float:
        """How much of the frames from `first` to `last`, both included, can be a voice, in [0, 1]."""
        part = self._so_far()[first : last + 1]
        return float(part.mean()) if len(part) else 0.0

    def _so_far(self) -> npt.NDArray[np.bool_]:
        return np.concatenate([np.zeros(0, np.bool_), *self._frames])


@cache
def _window_correlation() -> npt.NDArray[np.float64]:
    """The window's own autocorrelation, 1 at lag 0; (window,)."""
    window = np.hanning(_WINDOW)
    correlation = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * _WINDOW)) ** 2)[:_WINDOW]
    return np.asarray(correlation / correlation[0], dtype=np.float64)
