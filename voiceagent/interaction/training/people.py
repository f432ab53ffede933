"""Speech of people that may be trained on: telephone prompts in five languages, and what the actors of two games say.

Synthesisers read; people hesitate, lengthen and let a voice hang. Where it comes from and under which licences:
docs/decisions/0017.
"""

from collections.abc import Callable, Iterator
from typing import Final

from voiceagent.interaction.training import prompts, queen, sky
from voiceagent.interaction.training.signals import Signal

SOURCES: Final[dict[str, Callable[[str], Iterator[Signal]]]] = {
    "prompts": prompts.prompts,
    "queen": queen.queen_lines,
    "sky": sky.sky_lines,
}
# Source and speaker, or the scene that its speakers share.
LEARNT: Final = (
    *(("prompts", speaker) for speaker in prompts.SPEAKERS),
    *(("queen", actor) for actor in queen.ACTORS),
    *(("sky", scene) for scene in sky.SCENES),
)
HELD_OUT: Final = (
    *(("queen", actor) for actor in queen.HELD_OUT_ACTORS),
    *(("sky", scene) for scene in sky.HELD_OUT_SCENES),
)


def recordings(source: str, name: str) -> Iterator[Signal]:
    """What one of them says, a line at a time. Raises Unavailable when the source is not installed."""
    return SOURCES[source](name)


def speaks_english(source: str, name: str) -> bool:
    return source != "prompts" or name.startswith("en_")
