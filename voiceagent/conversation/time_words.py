"""The words of days and times out of what was heard: "mourning" is morning, "january is seconds" is January second.

Pure. Only where a day or a time is to be found: elsewhere "free" is no three.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from voiceagent.conversation.homophones import EVERYDAY, as_number
from voiceagent.conversation.likeness import closeness
from voiceagent.conversation.spoken_dates import MONTHS, WEEKDAYS
from voiceagent.conversation.spoken_digits import DIGITS, TEENS, TENS
from voiceagent.conversation.spoken_ordinals import ORDINALS, cardinal_at, ordinal_at

_TIMES: Final = ("half", "past", "quarter", "noon", "midday", "midnight", "o'clock", "morning", "afternoon", "evening")
_NEAR: Final = ("today", "tomorrow", "week", "weeks", "days", "next")
_VOCABULARY: Final = frozenset((*WEEKDAYS, *MONTHS, *ORDINALS, *DIGITS, *TEENS, *TENS, *_TIMES, *_NEAR))
_ALIKE: Final = 0.85  # "seconds" and "forth"; "right" is no eight
_ALIKE_FROM: Final = 5  # letters
_BEFORE_NUMBER: Final = frozenset(("at", "to", "two", "till", "past", "after", "around", "about", *MONTHS, *TENS))
_BEHIND_NUMBER: Final = frozenset(("o'clock", "oclock", "p", "pm", "am", "oh", "ten", *TEENS.keys(), *TENS.keys()))
_SPARE: Final = "a an and the of is in it so on that uh um er well you but at or"
_SMALL: Final = frozenset(_SPARE.split())


def as_time_words(words: Sequence[str]) -> tuple[str, ...]:
    """The words, with what is nearly a word of days and times as that word, and a day of a month in one piece."""
    return tuple(_whole_dates([_nearest(word) if _is_meant(words, at) else word for at, word in enumerate(words)]))


def _is_meant(words: Sequence[str], at: int) -> bool:
    """What only sounds like a number is one beside a word of the clock or the calendar: "i'm free" is no three."""
    if words[at] in _VOCABULARY or not as_number(words[at]):
        return True
    return (at > 0 and words[at - 1] in _BEFORE_NUMBER) or (at + 1 < len(words) and words[at + 1] in _BEHIND_NUMBER)


@lru_cache(maxsize=8192)
def _nearest(word: str) -> str:
    if word in _VOCABULARY or word in EVERYDAY or word in _SMALL:
        return word
    if as_number(word):
        return as_number(word)
    if len(word) < _ALIKE_FROM:
        return word
    best = max(_VOCABULARY, key=lambda known: (closeness(word, known), known))
    return best if closeness(word, best) >= _ALIKE else word


def _whole_dates(words: list[str]) -> Iterator[str]:
    """Small words between a month and its day are dropped: they are what is misheard most, and tell nothing."""
    months = [at for at, word in enumerate(words) if word in MONTHS]
    gone = {place for at in months for place in (*_before(words, at), *_behind(words, at))}
    yield from (word for index, word in enumerate(words) if index not in gone)


def _before(words: Sequence[str], month: int) -> Iterator[int]:
    """The small words between a day and the month behind it."""
    at = month - 1
    while at >= 0 and words[at] in _SMALL:
        at -= 1
    if at >= 0 and (ordinal_at(words, at)):
        yield from range(at + 1, month)


def _behind(words: Sequence[str], month: int) -> Iterator[int]:
    """The small words between a month and the day behind it."""
    at = month + 1
    while at < len(words) and words[at] in _SMALL:
        at += 1
    if ordinal_at(words, at) or cardinal_at(words, at):
        yield from range(month + 1, at)
