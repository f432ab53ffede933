"""Views of the floor that a model may have, for scripts: who wants what, and whether the caller makes speech."""

from typing import Final

from voiceagent.conversation.floor_signals import FloorProbabilities


def floor(
    *, speak: float = 0.0, backchannel: float = 0.0, yield_: float = 0.0, active: float = 0.0
) -> FloorProbabilities:
    """A view with the given wishes; what is left to 1 is `listen`."""
    return FloorProbabilities(
        listen=max(0.0, 1.0 - speak - backchannel - yield_),
        speak=speak,
        backchannel=backchannel,
        yield_=yield_,
        caller_active=active,
    )


NOBODY: Final = floor()  # silence, and nothing to do about it
CALLER_SPEAKS: Final = floor(active=0.9)
OUR_TURN: Final = floor(speak=0.9)  # the caller has ended
CALLER_WANTS_IN: Final = floor(yield_=0.95, active=0.9)
PERHAPS_WANTS_IN: Final = floor(yield_=0.55, active=0.9)
WANTS_A_SIGN: Final = floor(backchannel=0.8, active=0.9)
