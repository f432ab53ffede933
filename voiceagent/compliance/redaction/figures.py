"""One spoken or written number out of tokens: "double two", "twenty-one", "four hundred and twelve", "0151".

What sounds like a number ("ate", "for") is one too, but not a `sure` one: it counts only beside others.
"""

from dataclasses import dataclass
from typing import Final

from voiceagent.compliance.redaction.tokens import Tokens, text_at
from voiceagent.conversation.spoken_digits import DIGITS, REPEATS, TEENS, TENS

ONES: Final = DIGITS | {"naught": "0", "nil": "0", "niner": "9", "fower": "4", "zeros": "0", "nul": "0"}
_REPEATS: Final = REPEATS | {"treble": 3, "quadruple": 4}
_PLURALS: Final = {f"{word}s": figure for word, figure in DIGITS.items() if word not in {"o", "oh"}} | {"sixes": "6"}
_GREAT: Final = {"thousand": 1000, "million": 1_000_000}
# What recognisers write for figures, as far as it is not a number itself.
SOUNDS: Final[dict[str, str]] = {
    "hero": "0", "owe": "0", "row": "0", "or": "0", "ow": "0", "ohh": "0",
    "won": "1", "wan": "1", "when": "1", "wine": "1", "want": "1",
    "to": "2", "too": "2", "do": "2", "tu": "2",
    "tree": "3", "free": "3", "through": "3", "threw": "3",
    "for": "4", "fore": "4", "floor": "4", "door": "4", "far": "4",
    "fife": "5", "hive": "5", "fine": "5", "find": "5", "five's": "5",
    "sex": "6", "sicks": "6", "sticks": "6", "fix": "6", "sick": "6", "sixth": "6",
    "heaven": "7", "severn": "7", "seventh": "7", "kevin": "7",
    "ate": "8", "hate": "8", "late": "8", "eighth": "8", "aid": "8", "eat": "8", "hey": "8",
    "mine": "9", "line": "9", "nein": "9", "wind": "9", "night": "9", "lines": "9",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """Tokens [at, end) say these digits."""

    at: int
    end: int
    digits: str
    sure: bool = True


def figure_at(tokens: Tokens, at: int) -> Figure | None:
    """The number that begins at this token."""
    token = tokens[at]
    if token.is_typed:
        return Figure(at, at + 1, token.text)
    if not token.is_word:
        return None
    return _repeated(tokens, at) or _cardinal(tokens, at) or _simple(tokens, at)


def _repeated(tokens: Tokens, at: int) -> Figure | None:
    times = _REPEATS.get(tokens[at].text)
    if times is None:
        return None
    after = at + 2 if text_at(tokens, at + 1) == "-" else at + 1
    word = text_at(tokens, after)
    digit = ONES.get(word) or _PLURALS.get(word) or SOUNDS.get(word) or (word if len(word) == 1 else "")
    return Figure(at, after + 1, digit * times) if digit.isdecimal() else None


def _below_hundred(tokens: Tokens, at: int) -> tuple[int, int] | None:
    """(end, value) of "twenty one", "seventeen", "four"; a bare zero is none."""
    word = text_at(tokens, at)
    if word in TENS:
        dash = int(text_at(tokens, at + 1) == "-")
        unit = DIGITS.get(text_at(tokens, at + 1 + dash), "0")
        return (at + 1, int(TENS[word] + "0")) if unit == "0" else (at + 2 + dash, int(TENS[word] + unit))
    if word in TEENS:
        return at + 1, int(TEENS[word])
    digit = DIGITS.get(word, "0")
    return None if digit == "0" else (at + 1, int(digit))


def _cardinal(tokens: Tokens, at: int) -> Figure | None:
    """A number with hundred or thousand in it."""
    first = (at + 1, 1) if tokens[at].text == "a" else _below_hundred(tokens, at)
    if first is None or text_at(tokens, first[0]) not in {"hundred", *_GREAT}:
        return None
    end, value = _hundreds(tokens, *first)
    total = 0
    while text_at(tokens, end) in _GREAT:
        total += value * _GREAT[text_at(tokens, end)]
        end, value = _rest(tokens, end + 1)
    return Figure(at, end, str(total + value))


def _hundreds(tokens: Tokens, end: int, value: int) -> tuple[int, int]:
    if text_at(tokens, end) != "hundred":
        return end, value
    value *= 100
    end += 1
    linked = text_at(tokens, end) == "and"
    rest = _below_hundred(tokens, end + int(linked))
    if rest is None:
        return end, value
    on = rest[0] < len(tokens) and (tokens[rest[0]].is_typed or tokens[rest[0]].text in ONES)
    return (end, value) if on else (rest[0], value + rest[1])  # "eight hundred five five five" goes on in figures


def _rest(tokens: Tokens, at: int) -> tuple[int, int]:
    """What is left of a number behind its thousands; (at, 0) for nothing."""
    linked = int(text_at(tokens, at) == "and")
    rest = _below_hundred(tokens, at + linked)
    if rest is None:
        return at, 0
    if text_at(tokens, rest[0]) == "hundred":
        return _hundreds(tokens, *rest)
    on = rest[0] < len(tokens) and (tokens[rest[0]].is_typed or tokens[rest[0]].text in ONES)
    return (at, 0) if on else rest


def _simple(tokens: Tokens, at: int) -> Figure | None:
    word = tokens[at].text
    if word in TENS:
        below = _below_hundred(tokens, at)
        return Figure(at, below[0], str(below[1])) if below else None
    if word in TEENS or word in ONES:
        return Figure(at, at + 1, TEENS.get(word) or ONES[word])
    if word in {"hundred", "thousand"}:
        return Figure(at, at + 1, "00" if word == "hundred" else "000")
    return Figure(at, at + 1, SOUNDS[word], sure=False) if word in SOUNDS else None
