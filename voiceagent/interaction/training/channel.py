"""What a telephone line does to a voice: band, tilt, G.711, noise, reverberation, echo of the agent."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, from_float, to_float
from voiceagent.audio.g711 import decode_a, decode_mu, encode_a, encode_mu
from voiceagent.interaction.training.signals import Signal
from voiceagent.interaction.training.sounds import shaped_noise


def decibel(db: float) -> np.float32:
    """Amplitude factor of a level."""
    return np.float32(10.0 ** (db / 20.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One caller's line. Levels in dB; `law` is mu, a or none (wide band)."""

    law: str
    low_hz: float
    high_hz: float
    tilt_db: tuple[float, ...]  # gains at points spread evenly from 0 to 8 kHz
    speech_dbfs: float
    noise_dbfs: float
    noise_slope: float
    echo_db: float | None
    echo_delay_ms: float
    reverb_s: float


def draw_channel(rng: Generator) -> Channel:
    wide = rng.random() < 0.12
    speech = float(rng.uniform(-32, -14))
    quiet = rng.random() < 0.55
    return Channel(
        law="none" if wide else ("mu" if rng.random() < 0.7 else "a"),
        low_hz=float(rng.choice([0.0, 100.0, 200.0, 300.0])),
        high_hz=8000.0 if wide else float(rng.uniform(3300, 3950)),
        tilt_db=tuple(float(x) for x in rng.uniform(-5, 5, 9)),
        speech_dbfs=speech,
        noise_dbfs=float(rng.uniform(-85, -58)) if quiet else speech - float(rng.uniform(5, 30)),
        noise_slope=float(rng.uniform(0, 1)),
        echo_db=float(rng.uniform(-45, -20)) if rng.random() < 0.45 else None,
        echo_delay_ms=float(rng.uniform(30, 250)),
        reverb_s=float(rng.uniform(0.05, 0.5)) if rng.random() < 0.35 else 0.0,
    )


def reverberated(rng: Generator, signal: Signal, seconds: float) -> Signal:
    """A small room: noise with an exponential tail, direct sound kept."""
    if seconds <= 0.0:
        return signal
    time = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tail = rng.standard_normal(len(time)) * np.exp(-6.9 * time / seconds)
    tail *= rng.uniform(0.2, 0.7) / np.sqrt((tail**2).sum())
    tail[0] = 1.0
    size = 1 << int(np.ceil(np.log2(len(signal) + len(tail))))
    wet = np.fft.irfft(np.fft.rfft(signal, size) * np.fft.rfft(tail.astype(np.float32), size), size)
    return wet[: len(signal)].astype(np.float32)


def transmit(rng: Generator, caller: Signal, agent: Signal, channel: Channel) -> Signal:
    """What arrives from the caller: (samples,), with the agent's echo in it. `caller` is at its wanted level
    already."""
    heard = reverberated(rng, caller, channel.reverb_s)
    if channel.echo_db is not None:
        delay = int(channel.echo_delay_ms * SAMPLE_RATE_HZ / 1000)
        heard = heard + np.pad(agent, (delay, 0))[: len(agent)] * decibel(channel.echo_db)
    heard = heard + shaped_noise(rng, len(heard), channel.noise_slope) * decibel(channel.noise_dbfs)
    spectrum = np.fft.rfft(heard) * _response(len(heard), channel)
    if channel.law == "none":
        return np.clip(np.fft.irfft(spectrum, len(heard)), -1, 1).astype(np.float32)
    half = len(heard) // 2  # at 8 kHz
    narrow = np.clip(np.fft.irfft(spectrum[: half // 2 + 1], half) * 0.5, -1, 1).astype(np.float32)
    coded = to_float(_coded(from_float(narrow), channel.law))
    padded = np.zeros(len(spectrum), np.complex64)
    padded[: half // 2 + 1] = np.fft.rfft(coded)
    return (np.fft.irfft(padded, len(heard)) * 2.0).astype(np.float32)


def _coded(pcm: Pcm, law: str) -> Pcm:
    """Through G.711 and back, at 8 kHz."""
    return decode_mu(encode_mu(pcm)) if law == "mu" else decode_a(encode_a(pcm))


def _response(samples: int, channel: Channel) -> npt.NDArray[np.float32]:
    hz = np.arange(samples // 2 + 1) * (SAMPLE_RATE_HZ / samples)
    tilt = np.interp(hz, np.linspace(0, 8000, len(channel.tilt_db)), channel.tilt_db)
    edges = np.clip((hz - channel.low_hz * 0.7) / max(channel.low_hz * 0.3, 1.0), 0, 1)
    edges *= np.clip((channel.high_hz * 1.05 - hz) / (channel.high_hz * 0.05), 0, 1)
    response: Signal = (10.0 ** (tilt / 20.0) * edges).astype(np.float32)
    return response
