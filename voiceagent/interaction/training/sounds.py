"""Everything on a line that is not words: hums, noises, tones, music. Pure synthesis, float32 at 16 kHz."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.random import Generator

from voiceagent.audio.frame import SAMPLE_RATE_HZ
from voiceagent.interaction.training.signals import Signal

_DTMF_ROWS: Final = (697.0, 770.0, 852.0, 941.0)
_DTMF_COLUMNS: Final = (1209.0, 1336.0, 1477.0, 1633.0)


def _time(seconds: float) -> Signal:
    return np.arange(int(seconds * SAMPLE_RATE_HZ), dtype=np.float32) / np.float32(SAMPLE_RATE_HZ)


def shaped_noise(rng: Generator, samples: int, slope: float) -> Signal:
    """Noise whose amplitude falls with frequency to the power `slope` (0 white, 0.5 pink, 1 brown); RMS 1."""
    spectrum = np.fft.rfft(rng.standard_normal(samples, dtype=np.float32))
    spectrum *= (np.maximum(np.arange(len(spectrum)), 20.0 * samples / SAMPLE_RATE_HZ) ** -slope).astype(np.float32)
    noise = np.fft.irfft(spectrum, samples).astype(np.float32)
    return noise / np.float32(max(float(noise.std()), 1e-9))


def hum(rng: Generator) -> Signal:
    """A voiced nasal backchannel, "mm" or "mm-hm": harmonics under a moving low-pass, one or two humps."""
    length = float(rng.uniform(0.18, 0.7))
    time = _time(length)
    share = time / np.float32(length)
    base = float(rng.uniform(80, 260))
    f0 = base * (1.0 + rng.uniform(-0.2, 0.35) * share + rng.uniform(-0.15, 0.15) * np.sin(2 * np.pi * share))
    phase = 2 * np.pi * np.cumsum(f0) / SAMPLE_RATE_HZ
    opening = float(rng.uniform(0.0, 1.0))  # 0 a closed "mm", 1 an open "uh"
    voice = np.zeros_like(time)
    for harmonic in range(1, min(24, int(3400 / base))):
        hz = harmonic * base
        gain = np.exp(-hz / (350.0 + 500.0 * opening)) + 0.25 * opening * np.exp(-(((hz - 1100.0) / 300.0) ** 2))
        voice += (gain * np.sin(harmonic * phase)).astype(np.float32)
    envelope = np.sin(np.pi * share) ** 0.5
    if rng.random() < 0.6:  # two syllables
        envelope = envelope * (0.15 + 0.85 * np.abs(np.cos(np.pi * share)) ** 0.7)
    voice = voice * envelope.astype(np.float32)
    breath = shaped_noise(rng, len(time), 0.3) * np.float32(0.02) * envelope.astype(np.float32)
    return _peak_half(voice + breath * np.float32(np.abs(voice).max()))


def cough(rng: Generator) -> Signal:
    time = _time(float(rng.uniform(0.15, 0.5)))
    burst = shaped_noise(rng, len(time), float(rng.uniform(0.0, 0.6)))
    return _peak_half(burst * np.exp(-time * np.float32(rng.uniform(6, 20))))


def click(rng: Generator) -> Signal:
    """A door, a key, a handset put down: one to five short bursts."""
    out = np.zeros(int(rng.uniform(0.1, 0.8) * SAMPLE_RATE_HZ) + 1600, np.float32)
    for _ in range(int(rng.integers(1, 6))):
        place = int(rng.integers(0, len(out) - 1500))
        time = np.arange(1500, dtype=np.float32) / np.float32(SAMPLE_RATE_HZ)
        burst = shaped_noise(rng, 1500, float(rng.uniform(0, 1))) * np.exp(-time * np.float32(rng.uniform(30, 300)))
        out[place : place + 1500] += burst * np.float32(rng.uniform(0.3, 1))
    return _peak_half(out)


def dtmf(rng: Generator) -> Signal:
    """One to six digits."""
    pieces = []
    for _ in range(int(rng.integers(1, 7))):
        time = _time(float(rng.uniform(0.06, 0.25)))
        row, column = _DTMF_ROWS[int(rng.integers(4))], _DTMF_COLUMNS[int(rng.integers(4))]
        pieces += [np.sin(2 * np.pi * row * time) + np.sin(2 * np.pi * column * time)]
        pieces += [np.zeros(int(rng.uniform(0.04, 0.3) * SAMPLE_RATE_HZ), np.float32)]
    return _peak_half(np.concatenate(pieces).astype(np.float32))


def ringback(rng: Generator) -> Signal:
    time = _time(float(rng.uniform(0.4, 2.0)))
    low, high = ((440.0, 480.0), (400.0, 450.0), (425.0, 425.0))[int(rng.integers(3))]
    return _peak_half(np.sin(2 * np.pi * low * time) + np.sin(2 * np.pi * high * time))


def music(rng: Generator) -> Signal:
    """A few seconds of chords and a tune with decaying harmonics."""
    seconds, beat = float(rng.uniform(2, 6)), float(rng.uniform(0.15, 0.5))
    out = np.zeros(int(seconds * SAMPLE_RATE_HZ), np.float32)
    root = float(rng.uniform(110, 330))
    for start in np.arange(0.0, seconds - beat, beat):
        time = _time(min(beat * 2, seconds - start))
        note = root * 2 ** (int(rng.choice([0, 2, 4, 5, 7, 9, 11, 12])) / 12)
        tone = sum(np.sin(2 * np.pi * note * k * time) / k for k in range(1, 5)) * np.exp(-3 * time)
        at = int(start * SAMPLE_RATE_HZ)
        out[at : at + len(time)] += tone[: len(out) - at].astype(np.float32)
    return _peak_half(out)


_EVENTS: Final[tuple[Callable[[Generator], Signal], ...]] = (cough, cough, click, click, dtmf, ringback, music)


def event(rng: Generator) -> Signal:
    """Some sound that is nobody's turn."""
    return _EVENTS[int(rng.integers(len(_EVENTS)))](rng)


def _peak_half(sound: Signal) -> Signal:
    peak = max(float(np.abs(sound).max(initial=0.0)), 1e-6)
    return (sound * np.float32(0.5 / peak)).astype(np.float32)
