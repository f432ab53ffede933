"""One way to write values down, so that equal content has equal bytes, hashes and signatures."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any, Final

import rfc8785

_EXACT: Final = 2**53 - 1  # beyond it JSON numbers of other languages are not the same (RFC 8785, 3.2.2.3)
_SMALLEST: Final = 1e-4  # below it Python writes an exponent, and JCS does not yet

_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)  # made once, used often


def canonical_json(value: Any) -> bytes:
    """RFC 8785 (JCS). Whole numbers that JCS cannot hold become strings.

    Values on which the standard library's encoder agrees with JCS go through it, in half the time.
    """
    try:
        return _ENCODER.encode(_plain(value)).encode()
    except _Different:
        return rfc8785.dumps(_exact(value))


class _Different(Exception):
    """The standard library writes this value in another way than JCS."""


def _plain(value: Any) -> Any:
    """The value as both write it alike. Raises _Different for numbers with exponents and names beyond ASCII."""
    if isinstance(value, str | bool) or value is None:
        return value
    if isinstance(value, dict):
        if not all(isinstance(name, str) and name.isascii() for name in value):
            raise _Different  # JCS orders names by their UTF-16
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        if value.is_integer() and abs(value) <= _EXACT:
            return int(value)
        if not _SMALLEST <= abs(value) < _EXACT:
            raise _Different
        return value
    return _exact(value)


def json_line(value: Any) -> bytes:
    """One line of a JSONL file: keys sorted, no spaces, ends with a newline."""
    return _ENCODER.encode(value).encode() + b"\n"


def base64url(data: bytes) -> str:
    """Without padding (RFC 7515, section 2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def rfc3339(at: datetime) -> str:
    """UTC with milliseconds: `2026-11-20T20:00:05.000Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _exact(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(one) for one in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT:
        return str(value)
    return value
