"""What a tool returned, made into data: plain values, without control characters, of limited size.

A result comes from an outside system and may hold anything, so nothing in it is ever interpreted: not as a template,
not as an instruction. The limits keep one bad record from flooding a call's log.
"""

import math
import unicodedata
from collections.abc import Mapping
from typing import Any

import msgspec

from voiceagent.core.errors import BadInput

MAX_TEXT = 400  # characters of one value: nobody listens to more in one breath
MAX_BYTES = 16 * 1024  # of the whole result as JSON


def as_data(returned: object) -> dict[str, Any]:
    """A mapping, dataclass or msgspec struct as JSON-ready values, texts cut at MAX_TEXT. Raises BadInput."""
    try:
        plain = msgspec.to_builtins(returned, str_keys=True)
    except (TypeError, ValueError) as error:
        raise BadInput("the tool returned something that cannot be written as JSON") from error
    if not isinstance(plain, Mapping):
        raise BadInput("a tool must return named fields: a mapping, a dataclass or a struct")
    data = {clean_text(str(name)): _clean(value) for name, value in plain.items()}
    if len(msgspec.json.encode(data)) > MAX_BYTES:
        raise BadInput(f"the tool returned more than {MAX_BYTES} bytes: return only what can be said")
    return data


def json_ready(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The same values as a store of JSON gives them back. Raises BadInput for a number that JSON has no word for."""
    plain: dict[str, Any] = msgspec.to_builtins(dict(arguments))
    if not _is_finite(plain):
        raise BadInput("an argument is no finite number")
    read: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(plain))
    return read


def _is_finite(value: object) -> bool:
    match value:
        case float():
            return math.isfinite(value)
        case dict():
            return all(map(_is_finite, value.values()))
        case list() | tuple() | set() | frozenset():
            return all(map(_is_finite, value))
        case _:
            return True


def _clean(value: object) -> object:
    match value:
        case str():
            return clean_text(value)
        case float() if not math.isfinite(value):
            return None  # JSON has no word for it
        case list():
            return [_clean(item) for item in value]
        case dict():
            return {clean_text(str(name)): _clean(item) for name, item in value.items()}
        case _:
            return value


def clean_text(text: str) -> str:
    """Without control characters, on one line, at most MAX_TEXT characters."""
    visible = "".join(
        c if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"} else " " for c in text[: MAX_TEXT * 2]
    )
    return " ".join(visible.split())[:MAX_TEXT]
