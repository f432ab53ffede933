"""A day that is corrected keeps its month: "the third of march, no, the fourth" is the fourth of March. Pure."""

from collections.abc import Sequence

from voiceagent.conversation.spoken_dates import MONTHS, WEEKDAYS
from voiceagent.conversation.spoken_ordinals import day_alone, ordinal_at

Words = tuple[str, ...]


def carry_month(words: Words, corrected: int, month: str = "") -> Words:
    """The words with the month behind a day that has none of its own, nor a weekday.

    corrected: where the words begin that take something back, 0 when nothing is. month: of the day that was read back
    to the caller, "" when none was.
    """
    month = (_said_month(words[:corrected]) if corrected else "") or month
    tail = words[corrected:]
    if not month or _said_month(tail) or not set(tail).isdisjoint(WEEKDAYS):
        return words
    for at in range(corrected, len(words)):
        place = ordinal_at(words, at)
        if place is not None and day_alone(words, at, place[0], corrected):
            return (*words[: place[0]], "of", month, *words[place[0] :])
    return words


def _said_month(words: Sequence[str]) -> str:
    """The last month that stands beside its day; "may" alone is seldom one."""
    for at in range(len(words) - 1, -1, -1):
        if words[at] not in MONTHS:
            continue
        behind = at + 1 + int(at + 1 < len(words) and words[at + 1] == "the")
        beside = at - 1 - int(at > 0 and words[at - 1] == "of")
        if ordinal_at(words, behind) or (beside >= 0 and ordinal_at(words, beside)):
            return words[at]
    return ""
