"""How high the caller's voice is, as a picture: 16 levels of periodicity at each of 40 pitches, one column a frame.

dMel cannot tell: its channels are 75 Hz wide and its levels 12 dB apart, so a voice's harmonics hardly show. And pitch
is what says whether more will follow: it falls at the end of a turn and stays up before a pause. The periodicity is the
autocorrelation of the spectrum compressed to its 2/3rd power (Tolonen and Karjalainen 2000, section III). It needs no
fundamental, so a telephone band has it too, and takes no decision which pitch it was: the network reads the picture.
"""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from voiceagent.interaction.model.dmel import Levels
from voiceagent.interaction.model.spectrum import Magnitudes, hann
from voiceagent.interaction.presets import LEVELS, PITCH_CHANNELS, ModelConfig

_LOWEST_HZ: Final = 70.0
_OCTAVES: Final = 2.6  # to 424 Hz, four fifths of a semitone a channel
_BAND_HZ: Final = (200.0, 1600.0)  # of a telephone line, below where harmonics blur into each other
_LEVELS_AT_ONE: Final = 20.0  # a clear voice reaches 0.5 to 0.75, a perfect tone saturates


@cache
def _bins(config: ModelConfig) -> slice:
    low, high = (round(hz * config.window_samples / config.sample_rate_hz) for hz in _BAND_HZ)
    return slice(low, high)


@cache
def _waves(config: ModelConfig) -> npt.NDArray[np.float64]:
    """(bins, 40): what each bin of the band adds to the autocorrelation at each pitch's period.

    Divided by the autocorrelation of the window, which would make high voices look clearer than low ones.
    """
    window, band = config.window_samples, _bins(config)
    periods = config.sample_rate_hz / (_LOWEST_HZ * 2.0 ** (_OCTAVES * np.arange(PITCH_CHANNELS) / PITCH_CHANNELS))
    fading = np.correlate(hann(window), hann(window), "full")[window - 1 :]
    fading_at = np.interp(periods, np.arange(window), fading / fading[0])
    angles = 2.0 * np.pi * np.arange(band.start, band.stop)[:, None] * periods[None, :] / window
    return np.cos(angles) / fading_at[None, :]  # type: ignore[no-any-return]


def pitch_of(magnitudes: Magnitudes, config: ModelConfig) -> Levels:
    """Levels (..., frames, 40) of spectra (..., frames, bins); however loud they are. 0: no voice of that pitch."""
    compressed = np.cbrt(magnitudes[..., _bins(config)] ** 2)
    periodic = compressed @ _waves(config).astype(magnitudes.dtype) / compressed.sum(axis=-1, keepdims=True)
    limited: Levels = np.clip(np.rint(periodic * _LEVELS_AT_ONE), 0, LEVELS - 1).astype(np.uint8)
    return limited
