"""dMel: log-mel energies in 16 levels (reference section 4.1: TML/Inkling recipe, our own code)."""

from functools import cache

import numpy as np
import numpy.typing as npt

from voiceagent.interaction.model.spectrum import Magnitudes, offline_magnitudes
from voiceagent.interaction.presets import LEVELS, MEL_CHANNELS, ModelConfig

Levels = npt.NDArray[np.uint8]  # (..., frames, channels), each 0..15
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


def dmel_of(magnitudes: Magnitudes, config: ModelConfig) -> Levels:
    """Levels (..., frames, 80) of spectra (..., frames, bins).

    Signals do not depend on each other, to the bit: the product with the filters is one of its own for each, and always
    of the same size.
    """
    mel = magnitudes @ mel_filters(config.sample_rate_hz, config.window_samples).astype(magnitudes.dtype)
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
    return dmel_of(offline_magnitudes(signal, config), config)
