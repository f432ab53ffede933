"""Sounds as training uses them: floats at 16 kHz without silence around them."""

import io
import wave

import numpy as np
import numpy.typing as npt
import soxr

from voiceagent.audio.frame import SAMPLE_RATE_HZ

Signal = npt.NDArray[np.float32]  # (samples,) in [-1, 1]
Bytes = npt.NDArray[np.uint8]
_QUIET = 0.01  # of the loudest frame: 40 dB under it


def trimmed(sound: Signal, marks: list[int], quiet: float = _QUIET) -> tuple[Signal, list[int]]:
    """Cut off what is below `quiet` times the loudest frame at both ends, scale the peak to 0.5, move the marks."""
    if len(sound) < 640:
        return np.zeros(0, np.float32), []
    frames = sound[: len(sound) // 160 * 160].reshape(-1, 160)
    energy = np.sqrt((frames**2).mean(axis=1))
    loud = np.flatnonzero(energy > energy.max() * quiet)
    first, last = int(loud[0]) * 160, (int(loud[-1]) + 1) * 160
    sound = sound[first:last] * np.float32(0.5 / max(float(np.abs(sound).max()), 1e-4))
    return sound, [mark - first for mark in marks if first <= mark < last]


def read_wav(data: bytes) -> Signal:
    """A 16-bit WAV file's samples at 16 kHz, first channel."""
    with wave.open(io.BytesIO(data)) as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")[:: file.getnchannels()]
        return at_16k(pcm.astype(np.float32) / np.float32(32768.0), file.getframerate())


def at_16k(sound: Signal, rate_hz: int) -> Signal:
    if rate_hz == SAMPLE_RATE_HZ or not len(sound):
        return sound
    resampled: Signal = soxr.resample(sound, rate_hz, SAMPLE_RATE_HZ, quality="HQ")
    return resampled
