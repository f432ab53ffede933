"""Callers can send U+0000 and half surrogate pairs in headers. JSON or Postgres refuse them; the log may not."""

import re
from typing import Any, TypeVar

T = TypeVar("T")

_REFUSED = re.compile("[\x00\ud800-\udfff]")


def printable(value: T) -> T:
    """The same JSON-like value with what JSON or Postgres refuses replaced by U+FFFD."""
    cleaned: T = _clean(value)
    return cleaned


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _REFUSED.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value
