"""When people speak: draws from measured human statistics (reference section 2.9), seconds."""

from typing import Final

import numpy as np
from numpy.random import Generator

# Floor-transfer offset: quantiles at 5/25/50/75/90/95 %, with the tails closed by us.
_OFFSET: Final = ((0.0, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0), (-0.9, -0.64, -0.16, 0.10, 0.32, 0.58, 0.82, 2.0))
# Pauses inside a turn: 79 / 46 / 25 / 10 / 2.7 % are longer than 0.3 / 0.5 / 0.7 / 1.0 / 1.5 s.
_PAUSE: Final = ((0.0, 0.21, 0.54, 0.75, 0.9, 0.973, 1.0), (0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.2))
_LONG_SHARE, _LONG_S = 1 / 3, (0.6, 2.2)


def floor_transfer_offset_s(rng: Generator) -> float:
    """From the end of one party's turn to the other's start; negative is overlap."""
    return float(np.interp(rng.random(), *_OFFSET))


def pause_s(rng: Generator) -> float:
    """A silence within a turn."""
    return float(np.interp(rng.random(), *_PAUSE))


def taught_pause_s(rng: Generator) -> float:
    """As `pause_s`, but one in three is drawn long: people make few of those, and each is easily taken for an end."""
    return float(rng.uniform(*_LONG_S)) if rng.random() < _LONG_SHARE else pause_s(rng)


def agent_delay_s(rng: Generator) -> float:
    """How long the agent takes to start once it should: up to 3 s, so that its own start teaches nothing."""
    return float(rng.uniform(0.1, 0.8) if rng.random() < 0.5 else rng.uniform(0.8, 3.0))


def agent_stop_delay_s(rng: Generator) -> float:
    """How long the agent takes to stop once interrupted."""
    return float(rng.uniform(0.3, 0.9) if rng.random() < 0.6 else rng.uniform(0.9, 2.5))
