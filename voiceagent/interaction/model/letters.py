"""The letters of the caller-words stream, as the CTC head spells them (Graves et al., ICML 2006)."""

from collections.abc import Iterable
from typing import Final

ALPHABET: Final = " abcdefghijklmnopqrstuvwxyz'"
BLANK: Final = 0
LETTERS: Final = len(ALPHABET) + 1
LETTERS_PER_TURN: Final = 2  # one place every 40 ms in a micro-turn of 80 ms


def encoded(text: str) -> list[int]:
    """Letters to classes; what is not in the alphabet is left out."""
    return [ALPHABET.index(letter) + 1 for letter in text if letter in ALPHABET]


def collapsed(classes: Iterable[int]) -> str:
    """The text of a best path: repeats and blanks removed."""
    letters, before = [], BLANK
    for chosen in classes:
        if chosen not in (before, BLANK):
            letters.append(ALPHABET[chosen - 1])
        before = chosen
    return "".join(letters)
