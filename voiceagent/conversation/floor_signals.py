"""What the interaction model says about the floor in one micro-turn: probabilities, never decisions."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorProbabilities:
    """Wishes of an ideal listener at the end of one micro-turn, each in [0, 1].

    `listen`, `speak` and `yield_` sum to 1. `speak` is meaningful while the agent is silent (is it now our turn?),
    `yield_` while it speaks (does the caller want the floor?). `backchannel` takes no floor and is a question of its
    own: would a sign of listening be welcome now? `caller_active` is the network's own view of whether the caller is
    making speech right now; it steers the recogniser's segments, never the floor.
    """

    listen: float
    speak: float
    backchannel: float
    yield_: float
    caller_active: float
