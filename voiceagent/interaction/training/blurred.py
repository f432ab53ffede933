"""What a network hears in training, blurred a little, so that no clip sounds twice the same (SpecAugment, arXiv
1904.08779, bands only: time is what is to be learnt)."""

from typing import Final

import numpy as np
from numpy.random import Generator

from voiceagent.interaction.presets import LEVELS, MEL_CHANNELS
from voiceagent.interaction.training.signals import Bytes

_WIDEST_BAND: Final = 12  # channels


def blurred(levels: Bytes, rng: Generator) -> Bytes:
    """Levels (B, T, frames, 80), in each row a step louder or quieter, or not, and with a band of channels gone."""
    louder = rng.integers(-1, 2, (len(levels), 1, 1, 1), dtype=np.int8)
    out = (levels.astype(np.int8) + louder).clip(0, LEVELS - 1).astype(np.uint8)
    for row in out:
        first = int(rng.integers(MEL_CHANNELS))
        row[..., first : first + int(rng.integers(_WIDEST_BAND + 1))] = 0
    return out
