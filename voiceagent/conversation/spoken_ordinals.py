"""Spoken numbers of a calendar and a clock: "twenty third", "the 3rd", "forty five". Pure."""

from collections.abc import Sequence
from typing import Final

from voiceagent.conversation.spoken_digits import DIGITS, TEENS, TENS

_ONES: Final = {word: int(figure) for word, figure in DIGITS.items() if figure != "0"}
_TEENS: Final = {word: int(figures) for word, figures in TEENS.items()}
_TENS: Final = {word: int(figure) * 10 for word, figure in TENS.items()}
_ORDINAL_ONES: Final = {
    name: place
    for place, name in enumerate(
        ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"), start=1
    )
}
_ORDINAL_TEENS: Final = {
    "tenth": 10,
    "eleventh": 11,
    "twelfth": 12,
    **{f"{word}th": value for word, value in _TEENS.items() if value > 12},
}
_ORDINAL_TENS: Final = {"twentieth": 20, "thirtieth": 30}
ORDINALS: Final = (*_ORDINAL_ONES, *_ORDINAL_TEENS, *_ORDINAL_TENS)  # the words, for a grammar
_NOT_OF_DAYS: Final = frozenset({"thought", "thoughts", "thing", "things", "time", "name", "place", "floor"})
_BESIDE: Final = frozenset({"um", "uh", "er", "hmm", "well", "so", "okay", "please", "thanks", "then", "for", "to"})
_SUFFIXES: Final = ("st", "nd", "rd", "th")


def cardinal_at(words: Sequence[str], at: int) -> tuple[int, int] | None:
    """A number below 100 that begins at `at`: (end, number); "twenty three" is one number, and so is "23"."""
    if at >= len(words):
        return None
    word = words[at]
    if word in _TENS:
        ones = _ONES.get(words[at + 1]) if at + 1 < len(words) else None
        return (at + 2, _TENS[word] + ones) if ones else (at + 1, _TENS[word])
    value = _ONES.get(word) or _TEENS.get(word)
    if value is None and word.isdecimal() and len(word) <= 2:
        value = int(word)
    return (at + 1, value) if value is not None else None


def ordinal_at(words: Sequence[str], at: int) -> tuple[int, int] | None:
    """A day of a month said as an ordinal: (end, 1 to 39). "twenty third", "thirtieth", "23rd"."""
    if at >= len(words):
        return None
    word = words[at]
    if word in _TENS and at + 1 < len(words) and words[at + 1] in _ORDINAL_ONES:
        return at + 2, _TENS[word] + _ORDINAL_ONES[words[at + 1]]
    if word.endswith(_SUFFIXES) and word[:-2].isdecimal() and len(word) <= 4:
        return at + 1, int(word[:-2])
    value = _ORDINAL_ONES.get(word) or _ORDINAL_TEENS.get(word) or _ORDINAL_TENS.get(word)
    return (at + 1, value) if value is not None else None


def day_alone(words: Sequence[str], at: int, end: int, start: int = 0) -> bool:
    """Whether the ordinal words[at:end] is a day with no month or weekday beside it: "the second", not "a second".

    start: where the words begin that count; an ordinal that is all of them is a day without its "the", too.
    """
    if end < len(words) and words[end] in _NOT_OF_DAYS:  # "on second thoughts"
        return False
    behind_article = at > start and words[at - 1] in {"the", "on"}
    return behind_article or _BESIDE.issuperset((*words[start:at], *words[end:]))


def in_number_words(word: str) -> tuple[str, ...]:
    """A figure of a day or a clock as it is said: "23rd" is twenty third, "30" thirty, "05" oh five; else the word."""
    if word.endswith(_SUFFIXES) and word[:-2].isdecimal():
        said = _PLACES.get(int(word[:-2]))
    elif word.isdecimal() and len(word) <= 2:
        said = _NUMBERS.get(int(word))
        said = ("oh", *said) if said is not None and len(word) == 2 and word[0] == "0" else said
    else:
        said = None
    return said or (word,)


_NUMBERS: Final[dict[int, tuple[str, ...]]] = {
    **{value: (word,) for word, value in (_ONES | _TEENS | _TENS).items()},
    **{ten + one: (tens, ones) for tens, ten in _TENS.items() for ones, one in _ONES.items()},
}
_PLACES: Final[dict[int, tuple[str, ...]]] = {
    **{place: (word,) for word, place in (_ORDINAL_ONES | _ORDINAL_TEENS | _ORDINAL_TENS).items()},
    **{ten + one: (tens, ones) for tens, ten in _TENS.items() for ones, one in _ORDINAL_ONES.items()},
}
