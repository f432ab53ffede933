"""Words of a made call, each with whether it is somebody's secret, and how a recogniser mishears them."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from voiceagent.testing.planner.word_errors import COMMON, SOUNDS_LIKE

# What recognisers do to the words of addresses and names, beside those that the planner's callers say.
_MORE: Final[dict[str, tuple[str, ...]]] = {
    "at": ("hat", "that"),
    "dot": ("got", "dots", "don't"),
    "com": ("calm", "come"),
    "gmail": ("g mail", "female"),
    "january": ("jan you wary",),
    "february": ("february's",),
    "eighty": ("eighteen", "eight"),
    "ninety": ("nineteen", "nine"),
    "nineteen": ("nine", "ninety"),
    "seventy": ("seventeen",),
    "sixty": ("sixteen",),
    "nought": ("not", "naught"),
    "born": ("bourne", "torn"),
    "birth": ("berth", "earth"),
    "name": ("names", "main"),
    "code": ("coat", "cold"),
}
_TELL_NOTHING: Final = frozenset(
    [
        "um",
        "uh",
        "er",
        "then",
        "and",
        "the",
        "of",
        "no",
        "sorry",
        "wait",
        "i",
        "mean",
        "actually",
        "not",
        "as",
        "in",
        "for",
    ]
)
_SUBSTITUTED, _DELETED = 0.6, 0.25  # of the errors; the rest are insertions, as recognisers' errors usually divide


@dataclass(frozen=True, slots=True)
class Word:
    """`secret`: it must not be readable. `number`: it is part of a number that may be."""

    text: str
    secret: bool = False
    number: bool = False


def plain(text: str) -> tuple[Word, ...]:
    return tuple(Word(word) for word in text.split())


def secret(text: str) -> tuple[Word, ...]:
    """Words between the figures tell nothing."""
    return tuple(Word(word, secret=word not in _TELL_NOTHING) for word in text.split())


def number(text: str) -> tuple[Word, ...]:
    return tuple(Word(word, number=True) for word in text.split())


def misheard(words: Sequence[Word], rate: float, dice: Random) -> tuple[Word, ...]:
    """The words with about `rate` errors a word, in [0, 1].

    What sounds like a secret still tells it; another word does not.
    """
    heard: list[Word] = []
    for word in words:
        kind = dice.random() if dice.random() < rate else None
        if kind is None:
            heard.append(word)
        elif kind < _SUBSTITUTED:
            alike = SOUNDS_LIKE.get(word.text) or _MORE.get(word.text)
            said = dice.choice(alike or COMMON)
            heard += [Word(part, secret=word.secret and bool(alike), number=word.number) for part in said.split()]
        elif kind >= _SUBSTITUTED + _DELETED:
            heard += [word, Word(dice.choice(COMMON))]
    return tuple(heard)
