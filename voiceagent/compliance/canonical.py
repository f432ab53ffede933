"""One way to write values down, so that equal content has equal bytes, hashes and signatures."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any, Final

import rfc8785

_EXACT: Final = 2**53 - 1  # beyond it JSON numbers of other languages are not the same (RFC 8785, 3.2.2.3)


def canonical_json(value: Any) -> bytes:
    """RFC 8785 (JCS). Whole numbers that JCS cannot hold become strings."""
    return rfc8785.dumps(_exact(value))


def json_line(value: Any) -> bytes:
    """One line of a JSONL file: keys sorted, no spaces, ends with a newline."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


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
