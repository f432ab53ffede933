"""Number words that a recogniser writes down as something else: "for two won ate" is 4218. Pure.

They are read as numbers only beside real ones, or where a number was asked for.
"""

from collections.abc import Sequence
from typing import Final

from voiceagent.conversation.spoken_digits import is_number_word

_SOUNDS: Final[dict[str, str]] = {
    "for": "four",
    "fore": "four",
    "to": "two",
    "too": "two",
    "won": "one",
    "ate": "eight",
    "tree": "three",
    "free": "three",
    "fife": "five",
    "mine": "nine",
    "nein": "nine",
    "niner": "nine",
    "sex": "six",
    "sicks": "six",
    "owe": "oh",
    "hero": "zero",
}
EVERYDAY: Final = frozenset({"for", "to", "too"})  # as likely to be themselves at the edge of a number
BETWEEN: Final = frozenset({"um", "uh", "er", "hmm", "the", "a", "and", "then", "dash"})  # between two figures


def as_number(word: str) -> str:
    """The number word that this one is or sounds like, "" for none."""
    return word if is_number_word(word) else _SOUNDS.get(word, "")


def number_run(words: Sequence[str], at: int, limit: int, *, trusting: bool) -> tuple[int, tuple[str, ...]]:
    """The longest run of number words from `at`: (end, words as numbers).

    Half of a run are number words as written; one is enough where a number was asked for (`trusting`).
    """
    numbers: list[str] = []
    end, real = at, 0
    place = at
    while place < len(words) and len(numbers) < limit:
        number = as_number(words[place])
        if number:
            numbers.append(number)
            real += number == words[place]
            end = place + 1
        elif words[place] not in BETWEEN or not numbers:
            break
        place += 1
    enough = real > 0 if trusting else 2 * real >= len(numbers)
    return (end, tuple(numbers)) if enough else (at, ())
