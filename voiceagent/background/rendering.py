"""Sentences from templates: pure, one pass, values are never read as templates."""

import re
from collections.abc import Mapping
from datetime import date, time

from voiceagent.conversation.spoken_dates import spoken_date
from voiceagent.conversation.spoken_times import spoken_time

# `[, brought by {carrier}]` is left out when there is no carrier; brackets without a field are plain text.
_OPTIONAL = re.compile(r"\[([^][]*\{[a-z][a-z0-9_]*\}[^][]*)\]")
_FIELD = re.compile(r"\{([a-z][a-z0-9_]*)\}")
SPELLED = "_spoken"  # behind a field: days and times in words, anything else one character at a time
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d\d:\d\d")


class MissingField(Exception):
    """A template asks for a field that neither the slots nor the result have."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def fields(template: str) -> tuple[str, ...]:
    """The fields that a template asks for, in order."""
    return tuple(_FIELD.findall(template))


def optional_fields(template: str) -> tuple[str, ...]:
    """Those of them that stand in brackets."""
    return tuple(field for piece in _OPTIONAL.findall(template) for field in fields(piece))


def render(template: str, values: Mapping[str, object]) -> str:
    """Fill `{field}` from `values`; `{x_spoken}` is `{x}` as a voice says it; `[...]` may be left out.

    An empty value counts as missing. Raises MissingField for a field outside of brackets.
    """
    pieces = _OPTIONAL.split(template)  # plain and optional pieces by turns
    said = [
        _filled(piece, values) if place % 2 == 0 else _optional(piece, values) for place, piece in enumerate(pieces)
    ]
    return "".join(said)


def spelled(text: str) -> str:
    """Letters and digits one by one, so that a voice says "4 2 7" and not "four hundred twenty-seven".

    What is written as slots write a day or a time, "2027-03-23" or "15:30", is told as one.
    """
    try:
        if _DAY.fullmatch(text):
            return spoken_date(date.fromisoformat(text))
        if _TIME.fullmatch(text):
            return spoken_time(time.fromisoformat(text))
    except ValueError:  # the 31st of February
        pass
    return " ".join(character for character in text if character.isalnum())


def _filled(piece: str, values: Mapping[str, object]) -> str:
    return _FIELD.sub(lambda match: spoken(match[1], values), piece)


def _optional(piece: str, values: Mapping[str, object]) -> str:
    try:
        return _filled(piece, values)
    except MissingField:
        return ""


def spoken(field: str, values: Mapping[str, object]) -> str:
    """What `{field}` becomes. Raises MissingField."""
    text = _text(values.get(field))
    if not text and field.endswith(SPELLED):
        text = spelled(_text(values.get(field.removesuffix(SPELLED))))
    if not text:
        raise MissingField(field)
    return text


def _text(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str() | int() | float():
            return str(value)
        case _:  # nothing, or something that has no spoken form
            return ""
