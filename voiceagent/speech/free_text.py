"""Free words against a closed grammar: what a free recogniser wrote down, as the grammar spells it. Pure.

A free recogniser writes "Um, where's my order 48-21?", the grammar knows "where's my order four eight two one". Words
that come out of here are words of the grammar, so whoever reads them, the planner or the judge of consent, reads the
same as from a recogniser that can hear nothing else.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby, islice, product
from typing import Final

from voiceagent.conversation.corrections import HESITATIONS
from voiceagent.conversation.phrase import plain_words
from voiceagent.conversation.spoken_digits import DIGITS, is_number_word, spoken_digits
from voiceagent.conversation.spoken_ordinals import in_number_words
from voiceagent.speech.word_network import WordNetwork

Words = tuple[str, ...]

_HESITATIONS: Final = frozenset(HESITATIONS)
_SPELLINGS: Final = {"ok": "okay", "hm": "hmm", "uhm": "um"}
_SOUNDS_LIKE: Final = {"for": "four", "to": "two", "too": "two", "won": "one", "ate": "eight", "weight": "wait"}
_HALVES: Final = {"am": ("a", "m"), "pm": ("p", "m"), "o": ("oh",), "oclock": ("o'clock",)}
_GLUED: Final = re.compile(r"^(\d{1,2})([ap]m)$")
_MOST_WAYS: Final = 64
_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)-(?=\d)")
_NAMES: Final = {figure: word for word, figure in reversed(DIGITS.items())}  # the first name of a figure


def fitting(text: str, network: WordNetwork, *, whole: bool) -> str:
    """The text in the words of the grammar, "" when it does not fit. Not `whole`: what it may be the beginning of."""
    fits = network.accepts if whole else network.begins
    return next((" ".join(words) for words in _spellings(text) if words and fits(words)), "")


def plain(text: str) -> str:
    """Lower-case words without punctuation, where no grammar says how they are spelled."""
    return " ".join(plain_words(text))


def _spellings(text: str) -> Iterator[Words]:
    """Ways of writing the text down, the most faithful first: as heard, with digits as words, without hesitations, and
    with what cannot be told apart by ear the other way."""
    words = tuple(plain_words(_BETWEEN_DIGITS.sub(" ", text)))
    yield words  # as it stands: "mm-hm" is two words of a grammar, but "hm" alone is spelled "hmm"
    yield tuple(plain_words(text.replace("-", "")))  # "good-bye"
    heard = tuple(_SPELLINGS.get(word, word) for word in words)
    yield heard
    yield _digit_by_digit(heard)
    fluent = tuple(word for word in heard if word not in _HESITATIONS)
    yield fluent
    yield _digit_by_digit(fluent)
    yield _as_said(fluent)
    ways = ((word, _SOUNDS_LIKE[word]) if word in _SOUNDS_LIKE else (word,) for word in fluent)
    for way in islice(product(*ways), 1, _MOST_WAYS):
        yield _digit_by_digit(way)


def _as_said(words: Iterable[str]) -> Words:
    """Days and times as a grammar has them: "march 23rd" is march twenty third, "9 05 pm" nine oh five p m."""
    pieces = (piece for word in words for piece in _GLUED.sub(r"\1 \2", word).split())
    return tuple(said for piece in pieces for said in _HALVES.get(piece) or in_number_words(piece))


def _digit_by_digit(words: Iterable[str]) -> Words:
    """Numbers as a grammar has them: "4821", "forty eight twenty one" and "48 21" are four eight two one."""
    spelled: list[str] = []
    for is_number, run in groupby(words, is_number_word):
        spelled += [_NAMES[figure] for figure in spoken_digits(tuple(run))] if is_number else run
    return tuple(spelled)
