"""What a text means that is no phrase of the profile word for word: values anywhere in it, and the likeliest intent.

Pure. A recogniser gets words wrong and people say more than is asked; the value said last counts, for whoever corrects
themselves says the right one last ("for tuesday, I mean thursday"). What comes of a misreading is bounded elsewhere:
nothing changes the world before it was read back and surely confirmed.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from voiceagent.conversation.denial import unwished
from voiceagent.conversation.likeness import likely_intent, telling_words
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.spotting import spotted

_LONGEST: Final = 60  # words; who says more at once is telling a story, and its end is what counts


def loose_reading(
    words: Sequence[str], profile: AgentProfile, expected: Sequence[str], today: date | None, corrected: int
) -> tuple[str, Mapping[str, str]] | None:
    """(intent or "", values), None when there is neither.

    expected: the slots that are talked about now, the one asked for first. corrected: where the words begin that take
    something back, 0 when nothing is.
    """
    cut = max(0, len(words) - _LONGEST)
    words, corrected = tuple(words[cut:]), max(0, corrected - cut)
    intent = (likely_intent(words[corrected:], profile) if corrected else "") or likely_intent(words, profile)
    if intent and unwished(words[corrected:], *telling_words(intent, profile)):
        return None
    needs = profile.intent(intent).needs if intent else ()
    wanted = dict.fromkeys((*expected, *needs) if expected or intent else profile.slots)
    values = spotted([profile.slots[name] for name in wanted], words, today, frozenset(expected), corrected)
    if expected and expected[0] in values and expected[0] not in needs:
        return "", values  # what was asked for is the answer, whatever was said around it
    if intent:
        return intent, {name: value for name, value in values.items() if name in needs}
    return ("", values) if values else None
