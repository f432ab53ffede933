"""Spoken digits to figures: "four eight, double two oh" is 48220. Pure."""

from collections.abc import Sequence
from typing import Final

DIGITS: Final[dict[str, str]] = {
    "zero": "0",
    "oh": "0",
    "o": "0",
    "nought": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
}
REPEATS: Final[dict[str, int]] = {"double": 2, "triple": 3}
TEENS: Final[dict[str, str]] = {
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
    "thirteen": "13",
    "fourteen": "14",
    "fifteen": "15",
    "sixteen": "16",
    "seventeen": "17",
    "eighteen": "18",
    "nineteen": "19",
}
TENS: Final[dict[str, str]] = {
    "twenty": "2",
    "thirty": "3",
    "forty": "4",
    "fifty": "5",
    "sixty": "6",
    "seventy": "7",
    "eighty": "8",
    "ninety": "9",
}
ROUND: Final[dict[str, str]] = {"hundred": "00", "thousand": "000"}


def is_number_word(word: str) -> bool:
    """Whether the word can be part of a spoken number."""
    return word in DIGITS or word in REPEATS or word in TEENS or word in TENS or word in ROUND or word.isdecimal()


def spoken_digits(words: Sequence[str]) -> str:
    """The figures that the words say one after the other; words that say no number are passed over.

    Pairs ("forty eight twenty one") are read as they are written down: 4821. "double five" is 55, "two thousand" 2000.
    A "double" without a digit behind it says nothing.
    """
    figures: list[str] = []
    repeat = 1
    for index, word in enumerate(words):
        if word in REPEATS:
            repeat = REPEATS[word]
            continue
        figures.append(_figures(word, words[index + 1] if index + 1 < len(words) else "") * repeat)
        repeat = 1
    return "".join(figures)


def spelled_out(figures: str) -> str:
    """Figures for a voice, digit by digit: "4821" becomes "4 8 2 1"."""
    return " ".join(character for character in figures if not character.isspace())


def _figures(word: str, following: str) -> str:
    if word in TENS:  # "twenty one" is 21, "twenty" alone 20
        return TENS[word] + ("" if DIGITS.get(following, "0") != "0" else "0")
    return DIGITS.get(word) or TEENS.get(word) or ROUND.get(word) or (word if word.isdecimal() else "")
