"""Letters as people spell: alone, by the NATO alphabet, doubled, or "s for sugar"."""

from typing import Final

from voiceagent.compliance.redaction.tokens import Tokens, glued, text_at

_NATO: Final = (
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar papa"
    " quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu"
)
NATO: Final = {word: word[0] for word in _NATO.split()}
_TWICE: Final = {"double": 2, "triple": 3, "treble": 3}
_LIKE: Final = frozenset({"for", "as", "like"})
_FILLERS: Final = frozenset({"um", "uh", "er", "erm", "then", "and", "-", ",", ".", "dash", "hyphen"})


def letter_at(tokens: Tokens, at: int) -> tuple[int, str] | None:
    """(end, letters) of the letter that is spelled at this token."""
    word = text_at(tokens, at)
    if word in _TWICE:
        after = letter_at(tokens, at + 1) if text_at(tokens, at + 1) not in _TWICE else None
        return (after[0], after[1] * _TWICE[word]) if after else None
    if len(word) == 1 and word.isalpha() and not (glued(tokens, at) and tokens[at - 1].is_word):
        return _explained(tokens, at + 1, word), word
    return (at + 1, NATO[word]) if word in NATO else None


def spelled_at(tokens: Tokens, at: int) -> tuple[int, str]:
    """(end, letters) of the spelling that begins here; (at, "") where none does."""
    end, said = at, ""
    place = at
    while place < len(tokens):
        found = letter_at(tokens, place)
        if found is None:
            if not said or text_at(tokens, place) not in _FILLERS or place - end >= 2:
                break
            place += 1
            continue
        end, said = found[0], said + found[1]
        place = end
    return end, said


def _explained(tokens: Tokens, at: int, letter: str) -> int:
    """Where "as in sugar" or "for sugar" ends behind a letter."""
    if text_at(tokens, at) not in _LIKE:
        return at
    word = at + (2 if text_at(tokens, at + 1) == "in" else 1)
    return word + 1 if text_at(tokens, word).startswith(letter) and len(text_at(tokens, word)) > 1 else at
