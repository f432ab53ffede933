"""Short-time spectra of what is heard, strictly causal: all that the network's ears are made from.

Frame `i` covers the `window` samples that end with hop `i`, so it needs no sample after its end. Streaming carries
the last `window - hop` samples and gives the same numbers as offline computation.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from voiceagent.core.errors import BadInput
from voiceagent.interaction.presets import ModelConfig

Magnitudes = npt.NDArray[np.floating]  # (..., frames, window // 2 + 1)
_PCM: Final = np.dtype(np.int16)
_KINDS: Final = (_PCM, np.dtype(np.float32), np.dtype(np.float64))
_FLOOR: Final = 1e-10  # of power: silence has a logarithm


@cache
def hann(window_samples: int) -> npt.NDArray[np.float64]:
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(window_samples) / window_samples)  # periodic


def magnitudes_of(padded: npt.NDArray[np.floating], config: ModelConfig) -> Magnitudes:
    """Magnitudes of every whole frame in `padded` (..., samples).

    Each signal starts `window - hop` samples before its first hop. Computed in the precision of the input: float64 is
    exact, float32 is for making training data.
    """
    window, hop, kind = config.window_samples, config.hop_samples, padded.dtype
    frames = np.lib.stride_tricks.sliding_window_view(padded, window, axis=-1)[..., ::hop, :]
    spectrum = np.fft.rfft(frames * hann(window).astype(kind), axis=-1)
    power = spectrum.real**2
    power += spectrum.imag**2
    magnitudes: Magnitudes = np.sqrt(np.maximum(power, _FLOOR, out=power), out=power)
    return magnitudes


def offline_magnitudes(signal: npt.NDArray[np.floating], config: ModelConfig) -> Magnitudes:
    """Of a whole signal in [-1, 1]; the last hop is padded with silence."""
    tail = -len(signal) % config.hop_samples
    return magnitudes_of(np.pad(signal, (config.window_samples - config.hop_samples, tail)), config)


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


class SpectrumStreams:
    """Spectra of many audio streams, micro-turn by micro-turn, any of them at a time. Owns each one's overlap."""

    def __init__(self, config: ModelConfig, streams: int = 1) -> None:
        self._config = config
        self._overlap = np.zeros((streams, config.window_samples - config.hop_samples))

    def reset(self, stream: int) -> None:
        self._overlap[stream] = 0.0

    def bytes_per_stream(self) -> int:
        return int(self._overlap[0].nbytes)

    def push(self, signals: Sequence[npt.NDArray[np.generic]], streams: Sequence[int] = (0,)) -> Magnitudes:
        """One micro-turn (turn_samples,) for each of the streams: (streams, frames_per_turn, window // 2 + 1).

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
        return magnitudes_of(padded, self._config)
