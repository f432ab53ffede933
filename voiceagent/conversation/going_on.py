"""Whether a value may go on behind its last word: four figures of six, "tuesday" the third, "three" thirty. Pure."""

from collections.abc import Sequence

from voiceagent.conversation.profile import SlotSpec, SlotType
from voiceagent.conversation.spoken_dates import MONTHS, WEEKDAYS
from voiceagent.conversation.spoken_digits import is_number_word
from voiceagent.conversation.spoken_names import LETTERS
from voiceagent.conversation.spoken_ordinals import ordinal_at


def may_go_on(spec: SlotSpec, value: str, words: Sequence[str]) -> bool:
    """Whether more words could make another value of this one. `words` is the text that it was understood from."""
    last = words[-1]
    match spec.type:
        case SlotType.DIGITS:
            return is_number_word(last) and len(value) < spec.max_length
        case SlotType.DATE:
            day = last in WEEKDAYS or ordinal_at(words, len(words) - 1) is not None
            return day and set(MONTHS).isdisjoint(words)
        case SlotType.TIME:
            return is_number_word(last) and {"past", "to"}.isdisjoint(words)
        case SlotType.NAME:
            return last in LETTERS
        case SlotType.CHOICE | SlotType.YES_NO:
            return False
