"""dMel: log-mel energies in 16 levels, strictly causal (reference section 4.1: TML/Inkling recipe, our own code).

Frame `i` covers the `window` samples that end with hop `i`, so it needs no sample after its end. Streaming carries
the last `window - hop` samples and gives the same level indices as offline computation.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from voiceagent.core.errors import BadInput
from voiceagent.interaction.presets import LEVELS, MEL_CHANNELS, ModelConfig

Levels = npt.NDArray[np.uint8]  # (..., frames, 80), each 0..15
_PCM: Final = np.dtype(np.int16)
_KINDS: Final = (_PCM, np.dtype(np.float32), np.dtype(np.float64))
_LOG_MIN = -7.0
_LOG_STEP = 0.6  # (2 - -7) / 15
_FLOOR = 1e-10


def _hz_to_slaney(hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Linear below 1 kHz (66.7 Hz a mel), logarithmic above (Slaney, Auditory Toolbox 1998)."""
    log_part = 15.0 + np.log(np.maximum(hz, 1000.0) / 1000.0) / (np.log(6.4) / 27.0)
    return np.where(hz < 1000.0, hz * 3.0 / 200.0, log_part)


def _slaney_to_hz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(mel < 15.0, mel * 200.0 / 3.0, 1000.0 * np.exp((mel - 15.0) * (np.log(6.4) / 27.0)))


@cache
def mel_filters(sample_rate_hz: int, window_samples: int) -> npt.NDArray[np.float64]:
    """Area-normalised triangular filters, 0 Hz to half the rate: (window_samples // 2 + 1, 80)."""
    bins = np.arange(window_samples // 2 + 1) * sample_rate_hz / window_samples
    top = _hz_to_slaney(np.array([sample_rate_hz / 2.0]))[0]
    corners = _slaney_to_hz(np.linspace(0.0, top, MEL_CHANNELS + 2))
    rising = (bins[:, None] - corners[None, :-2]) / np.diff(corners)[None, :-1]
    falling = (corners[None, 2:] - bins[:, None]) / np.diff(corners)[None, 1:]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return triangles * (2.0 / (corners[2:] - corners[:-2]))[None, :]


@cache
def _hann(window_samples: int) -> npt.NDArray[np.float64]:
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(window_samples) / window_samples)  # periodic


def dmel_of(padded: npt.NDArray[np.floating], config: ModelConfig) -> Levels:
    """Levels (..., frames, 80) of every whole frame in `padded` (..., samples).

    Each signal starts `window - hop` samples before its first hop. Computed in the precision of the input: float64 is
    exact, float32 is for making training data. Signals do not depend on each other, to the bit: the product with the
    filters is one of its own for each, and always of the same size.
    """
    window, hop, kind = config.window_samples, config.hop_samples, padded.dtype
    frames = np.lib.stride_tricks.sliding_window_view(padded, window, axis=-1)[..., ::hop, :]
    spectrum = np.fft.rfft(frames * _hann(window).astype(kind), axis=-1)
    power = spectrum.real**2
    power += spectrum.imag**2
    magnitude = np.sqrt(np.maximum(power, _FLOOR, out=power), out=power)
    mel = magnitude @ mel_filters(config.sample_rate_hz, window).astype(kind)
    log_mel = np.log10(np.maximum(mel, _FLOOR))
    # nearest centre, a tie goes to the lower one
    levels = np.ceil((log_mel - _LOG_MIN) / _LOG_STEP - 0.5)
    limited: Levels = np.clip(levels, 0, LEVELS - 1).astype(np.uint8)
    return limited


def level_centres() -> npt.NDArray[np.float64]:
    """log10 of the mel magnitude in the middle of each level, (16,)."""
    centres: npt.NDArray[np.float64] = _LOG_MIN + _LOG_STEP * np.arange(LEVELS, dtype=np.float64)
    return centres


def offline_dmel(signal: npt.NDArray[np.floating], config: ModelConfig) -> Levels:
    """Levels of a whole signal in [-1, 1]; the last hop is padded with silence."""
    tail = -len(signal) % config.hop_samples
    return dmel_of(np.pad(signal, (config.window_samples - config.hop_samples, tail)), config)


def check_turn(signal: npt.NDArray[np.generic], config: ModelConfig) -> None:
    """Refuse what is no micro-turn of audio: one channel, int16 or float in [-1, 1]. Raises BadInput."""
    if signal.ndim != 1 or signal.dtype not in _KINDS:
        raise BadInput(f"audio must be one channel of int16 or float samples, not {signal.dtype} {signal.shape}")
    if len(signal) != config.turn_samples:
        raise BadInput(
            f"a micro-turn is {config.turn_samples} samples at {config.sample_rate_hz} Hz, "
            f"this one has {len(signal)}; resample and frame the audio at the edge"
        )
    if signal.dtype != _PCM and not np.isfinite(signal).all():
        raise BadInput("audio holds NaN or infinity; replace it by silence at the edge")


class DmelStreams:
    """dMel of many audio streams, micro-turn by micro-turn, any of them at a time. Owns each one's overlap."""

    def __init__(self, config: ModelConfig, streams: int = 1) -> None:
        self._config = config
        self._overlap = np.zeros((streams, config.window_samples - config.hop_samples))

    def reset(self, stream: int) -> None:
        self._overlap[stream] = 0.0

    def bytes_per_stream(self) -> int:
        return int(self._overlap[0].nbytes)

    def push(self, signals: Sequence[npt.NDArray[np.generic]], streams: Sequence[int] = (0,)) -> Levels:
        """One micro-turn (turn_samples,) for each of the streams: their levels, (streams, frames_per_turn, 80).

        Raises BadInput, as `check_turn` does, before any stream has moved.
        """
        for signal in signals:
            check_turn(signal, self._config)
        before = self._overlap.shape[1]
        padded = np.empty((len(signals), before + self._config.turn_samples))
        padded[:, :before] = self._overlap[list(streams)]
        for row, signal in enumerate(signals):
            if signal.dtype == _PCM:
                np.multiply(signal, 1.0 / 32768.0, out=padded[row, before:])
            else:
                np.clip(signal, -1.0, 1.0, out=padded[row, before:])
        self._overlap[list(streams)] = padded[:, -before:]
        return dmel_of(padded, self._config)
