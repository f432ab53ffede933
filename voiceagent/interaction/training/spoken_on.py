"""Words as they sound when more follows.

Most synthesisers end every text as a sentence: a comma as its last sign changes no sample of what flite, festival and
RHVoice make. Cut out of a longer sentence the same words have the tune and the timing of a pause.
"""

from typing import Final

from voiceagent.interaction.training.said import gaps_of
from voiceagent.interaction.training.signals import Signal, trimmed
from voiceagent.interaction.training.voices import CastVoice, say

_NEAR: Final = 0.2  # of the whole: so far from where the letters say it should be a comma may lie


def spoken_on(voice: CastVoice, begin: str, rest: str) -> tuple[Signal, list[int]]:
    """The sound of `begin` before ", rest", and the samples at which its words begin, if the voice tells.

    A voice that makes no gap at the comma speaks `begin` alone, with the comma.
    """
    whole, marks = say(voice, f"{begin}, {rest}")
    share = len(begin) / (len(begin) + len(rest))
    near = [gap for gap in gaps_of(whole) if abs(sum(gap) / 2 - share * len(whole)) < _NEAR * len(whole)]
    if not near:
        return say(voice, f"{begin},")
    first, last = max(near, key=lambda gap: gap[1] - gap[0])
    return trimmed(whole[:last], [mark for mark in marks if mark < first])
