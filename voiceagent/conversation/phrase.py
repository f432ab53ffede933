"""What a caller may say, as written in a profile: plain words, `{slot}` and `[optional words]`. Pure.

    where is my order [number {order_number}]

A phrase is a sequence of parts; brackets nest.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from voiceagent.core.errors import BadInput

_TOKEN = re.compile(r"\{[^{}]*\}|[\[\]{}]|[^\s\[\]{}]+")
_SLOT_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
_WORD = re.compile(r"[a-z0-9][a-z0-9'-]*")


@dataclass(frozen=True, slots=True)
class Word:
    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    name: str


@dataclass(frozen=True, slots=True)
class Optional:
    parts: "Parts"


Part = Word | Slot | Optional
Parts = tuple[Part, ...]


@lru_cache(maxsize=4096)
def parse_phrase(phrase: str) -> Parts:
    """The parts of a phrase. Raises BadInput that says what is wrong."""
    stack: list[list[Part]] = [[]]
    for mark in _TOKEN.findall(phrase.lower()):
        if mark == "[":
            stack.append([])
        elif mark == "]":
            _close(stack, phrase)
        elif mark[0] in "{}":
            stack[-1].append(Slot(_slot_name(mark, phrase)))
        else:
            stack[-1].extend(Word(word) for word in plain_words(mark))
    if len(stack) != 1:
        raise BadInput(f"'{phrase}' has a [ without its ]")
    if not any(not isinstance(part, Optional) for part in stack[0]):
        raise BadInput(f"'{phrase}' could be said by saying nothing; leave some words outside of the brackets")
    return tuple(stack[0])


def _close(stack: list[list[Part]], phrase: str) -> None:
    if len(stack) == 1:
        raise BadInput(f"'{phrase}' has a ] without its [")
    parts = tuple(stack.pop())
    if parts:
        stack[-1].append(Optional(parts))


def _slot_name(mark: str, phrase: str) -> str:
    name = _SLOT_NAME.fullmatch(mark)
    if name is None:
        raise BadInput(f"'{phrase}' has '{mark}' where a slot like {{order_number}} is expected")
    return name[1]


def slots_in(parts: Parts) -> tuple[str, ...]:
    """The slots of a phrase, in order."""
    names: list[str] = []
    for part in parts:
        match part:
            case Slot(name):
                names.append(name)
            case Optional(inner):
                names.extend(slots_in(inner))
            case Word():
                pass
    return tuple(names)


def words_in(parts: Parts) -> tuple[str, ...]:
    """The plain words of a phrase, optional ones included."""
    words: list[str] = []
    for part in parts:
        match part:
            case Word(text):
                words.append(text)
            case Optional(inner):
                words.extend(words_in(inner))
            case Slot():
                pass
    return tuple(words)


def plain_words(text: str) -> list[str]:
    """Lower-case words without punctuation; "It's 4-821!" becomes it's, 4, 821."""
    return [word for raw in text.lower().replace(_APOSTROPHE, "'").split() for word in _split(raw)]


def _split(raw: str) -> list[str]:
    if not any(character.isdigit() for character in raw):
        raw = raw.replace("-", " ")
    return [word.strip("'-") for piece in raw.split() for word in _WORD.findall(piece) if word.strip("'-")]
