"""The lines that scenario recordings are sent through before they are judged."""

from typing import Final

import numpy as np

from voiceagent.interaction.evaluation.scenarios import Signal
from voiceagent.interaction.training.channel import Channel, decibel, transmit

CONDITIONS: Final = ("clean16", "tel", "tel_snr20", "tel_snr10")
_ROOM_TONE_DBFS: Final = -75.0  # so that digital silence gives nothing away
_WHOLE: Final = 4096  # samples; Fourier transforms of odd lengths take ten times as long


def through(signal: Signal, condition: str, seed: int) -> Signal:
    """`signal` as it arrives under a condition; same seed, same noise. (samples,) at 16 kHz in and out."""
    rng = np.random.default_rng(seed)
    even = np.pad(signal, (0, -len(signal) % _WHOLE))
    noisy = even + rng.standard_normal(len(even)).astype(np.float32) * decibel(_ROOM_TONE_DBFS)
    if condition == "clean16":
        return noisy[: len(signal)]
    loud = even[np.abs(even) > 0.1 * np.abs(even).max(initial=1e-6)]
    speech_dbfs = 10 * np.log10(float((loud**2).mean()) + 1e-12) if len(loud) else -30.0
    snr_db = {"tel": None, "tel_snr20": 20.0, "tel_snr10": 10.0}[condition]
    line = Channel(
        law="mu",
        low_hz=300.0,
        high_hz=3400.0,
        tilt_db=(0.0, 0.0),
        speech_dbfs=speech_dbfs,
        noise_dbfs=-120.0 if snr_db is None else speech_dbfs - snr_db,
        noise_slope=0.5,
        echo_db=None,
        echo_delay_ms=0.0,
        reverb_s=0.0,
    )
    return transmit(rng, noisy, np.zeros_like(noisy), line)[: len(signal)]
