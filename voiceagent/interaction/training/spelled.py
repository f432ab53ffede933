"""The caller's words as targets: the letters of a call in order, for CTC, and where in time they are about to be.

CTC alone finds no way out of writing blanks in calls of 20 s with a hundred letters (runs/LOG.md); letters with a place
show it the way. Their places are only as good as what is known of the words' starts, so they are a hint and CTC stays.
"""

from typing import Final

import numpy as np

from voiceagent.interaction.model.letters import BLANK, encoded
from voiceagent.interaction.training.said import UNKNOWN, Said
from voiceagent.interaction.training.signals import Bytes
from voiceagent.interaction.training.timeline import Span, Timeline, samples

WORDS: Final = 448  # letters kept of 20 s: nobody speaks faster
UNPLACED: Final = 255
_LATE_S: Final = 0.08  # a letter is known once it has been heard
_GUESSED_UP_TO_S: Final = 3.0  # shared out by their number, letters of longer clips land too far from where they are


def letters_in_order(line: Timeline, turns: int, turn: int) -> tuple[Bytes, int]:
    """(WORDS,) classes of what the caller says as far as whole clips go, then zeros; until which micro-turn it can be
    heard, 0 when somebody's words are not known.

    Overlapping speech of one caller does not occur, so the spans in order of time give the words in order.
    """
    texts, until = [], turns * turn
    for (begin, end), said in _in_order(line):
        if said.text == UNKNOWN:
            return np.zeros(WORDS, np.uint8), 0
        if end > turns * turn:
            until = min(until, begin)
            break
        texts.append(said.text)
    letters = encoded(" ".join(texts))[:WORDS]
    padded = np.zeros(WORDS, np.uint8)
    padded[: len(letters)] = letters
    return padded, until // turn


def letters_in_place(line: Timeline, places: int, place: int) -> Bytes:
    """(places,) the class that is right in every `place` samples: a letter, BLANK, or UNPLACED."""
    spelled = np.full(places, BLANK, np.uint8)
    free = 0  # two letters never share a place
    for (begin, end), said in _in_order(line):
        bounds = _word_bounds(said, end - begin)
        if bounds is None:
            spelled[begin // place : (end + samples(_LATE_S)) // place + 1] = UNPLACED
            continue
        for word, first, last in zip(said.text.split(), bounds[:-1], bounds[1:], strict=True):
            letters = encoded(f"{word} ")
            for number, letter in enumerate(letters):
                middle = begin + first + (number + 0.5) * (last - first) / len(letters)
                free = max(free, int((middle + samples(_LATE_S)) // place))
                if free < places:
                    spelled[free] = letter
                free += 1
    return spelled


def _in_order(line: Timeline) -> list[tuple[Span, Said]]:
    return sorted(zip(line.caller_speech, line.caller_said, strict=True), key=lambda spoken: spoken[0])


def _word_bounds(said: Said, length: int) -> list[float] | None:
    """Where each word begins and the last one ends, in samples; None when that can only be guessed badly."""
    words = said.text.split()
    if said.text == UNKNOWN:
        return None
    if len(words) == len(said.starts):
        return [*(float(start) for start in said.starts), float(length)]
    if length > samples(_GUESSED_UP_TO_S):
        return None
    letters = np.cumsum([0, *(len(word) + 1 for word in words)])
    return [float(bound) for bound in letters * (length / max(1, letters[-1]))]
