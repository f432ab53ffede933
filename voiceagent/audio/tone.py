"""Tones: make them, and find out how loud a frequency is. How tests tell who heard whom."""

import numpy as np

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, from_float, ms_to_samples, to_float

SILENT_DBFS = -120.0  # the floor of every level returned here


def make_tone(frequency_hz: float, seconds: float, level_dbfs: float = -12.0) -> Pcm:
    """A sine whose peak is `level_dbfs`, with 5 ms ramps at both ends so that it does not click. (samples,)"""
    samples = ms_to_samples(seconds * 1000)
    signal = 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * frequency_hz * np.arange(samples) / SAMPLE_RATE_HZ)
    ramp = min(ms_to_samples(5), samples // 2)
    if ramp:
        shape = np.linspace(0.0, 1.0, ramp, endpoint=False)
        signal[:ramp] *= shape
        signal[-ramp:] *= shape[::-1]
    return from_float(signal)


def tone_dbfs(pcm: Pcm, frequency_hz: float) -> float:
    """Peak level of the sine at `frequency_hz` within `pcm`: 0 is full scale. A Hann window keeps neighbours out."""
    if pcm.size == 0:
        return SILENT_DBFS
    window = np.hanning(pcm.size)
    phase = np.exp(-2j * np.pi * frequency_hz * np.arange(pcm.size) / SAMPLE_RATE_HZ)
    amplitude = 2 * abs(np.dot(to_float(pcm) * window, phase)) / max(float(window.sum()), 1e-9)
    return float(max(SILENT_DBFS, 20 * np.log10(max(amplitude, 1e-9))))


def loudest_hz(pcm: Pcm) -> float:
    """The frequency with the most power (resolution: 1 / duration); 0 for silence."""
    if pcm.size == 0 or not np.any(pcm):
        return 0.0
    signal = to_float(pcm)
    spectrum = np.abs(np.fft.rfft((signal - signal.mean()) * np.hanning(pcm.size)))
    return float(np.argmax(spectrum)) * SAMPLE_RATE_HZ / pcm.size


def tone_share(pcm: Pcm, frequency_hz: float, width_hz: float = 40.0) -> float:
    """The part of all power in `pcm` that lies within `width_hz` of the tone, in [0, 1]."""
    if pcm.size == 0:
        return 0.0
    power = np.abs(np.fft.rfft(to_float(pcm) * np.hanning(pcm.size))) ** 2
    total = float(power.sum())
    if total <= 0.0:
        return 0.0
    frequencies = np.fft.rfftfreq(pcm.size, 1 / SAMPLE_RATE_HZ)
    return float(power[np.abs(frequencies - frequency_hz) <= width_hz].sum()) / total
