"""A grammar as Moonshine would write it down: which piece may come next. Pure.

The model writes "Track order 3904.", the grammar says "track order three nine oh four". So a word may be written with
a capital, a figure as a figure, and marks may stand between words: all are ways through the same network of words.
"""

from enum import IntEnum
from functools import cache
from typing import Final

from voiceagent.conversation.spoken_digits import DIGITS
from voiceagent.speech.jsgf import Weight
from voiceagent.speech.moonshine.pieces import END, following, pieces_of
from voiceagent.speech.word_network import WordNetwork

Spelt = tuple[int, ...]

_MARKS: Final = ",.?!"


class Last(IntEnum):
    """What was written last."""

    NOTHING = 0
    WORD = 1
    MARK = 2
    FIGURE = 3


# Where in the network, what is left of the word that is being written, and what was written last when it is done
Place = tuple[int, Spelt, Last]
Places = frozenset[Place]


class SpeltNetwork:
    """The sentences of a network of words, piece by piece. Keeps what it was asked: callers say the same things."""

    def __init__(self, network: WordNetwork) -> None:
        self._network = network
        self._known: dict[Places, dict[int, Places]] = {}

    def start(self) -> Places:
        return frozenset((state, (), Last.NOTHING) for state in self._network.silently({0}))

    def after(self, places: Places) -> dict[int, Places]:
        """Every piece that may follow, and where it leads; END leads nowhere."""
        if places not in self._known:
            self._known[places] = self._look_up(places)
        return self._known[places]

    def _look_up(self, places: Places) -> dict[int, Places]:
        found: dict[int, set[Place]] = {}
        for state, left, last in places:
            if left:
                found.setdefault(left[0], set()).add((state, left[1:], last))
                continue
            if state in self._network.finals:
                found.setdefault(END, set())
            if last in (Last.WORD, Last.FIGURE):
                for mark in _MARKS:
                    found.setdefault(following(mark)[0], set()).add((state, (), Last.MARK))
            for spelt, place in self._words(state, last):
                found.setdefault(spelt[0], set()).add(place)
        return {piece: frozenset(reached) for piece, reached in found.items()}

    def _words(self, state: int, last: Last) -> list[tuple[Spelt, Place]]:
        return [
            (spelt, (behind, spelt[1:], written))
            for label, target in self._network.arcs[state].items()
            if not isinstance(label, Weight)
            for spelt, written in ways_to_write(label, last)
            for behind in self._network.silently({target})
        ]


@cache
def ways_to_write(word: str, last: Last) -> tuple[tuple[Spelt, Last], ...]:
    """Pieces of a word: with a capital, behind others also as it is; a digit also as a figure, which may stand close to
    another figure or a mark."""
    capital = word[0].upper() + word[1:]
    ways = {pieces_of(capital): Last.WORD}
    if last is not Last.NOTHING:
        ways[pieces_of(word)] = Last.WORD
    if word in DIGITS:
        ways[pieces_of(DIGITS[word])] = Last.FIGURE
        if last in (Last.FIGURE, Last.MARK):
            ways[following(DIGITS[word])] = Last.FIGURE
    return tuple(ways.items())
