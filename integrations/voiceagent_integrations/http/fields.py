"""Reading a vendor's JSON: what is missing or of another kind means that the vendor did not answer properly."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from voiceagent.core.errors import UpstreamUnavailable

Row = Mapping[str, Any]


def find(data: object, path: str) -> Any:
    """The value at `a.b.0.c`, or None. A key that itself has dots is found, too."""
    if isinstance(data, Mapping) and path in data:
        return data[path]
    head, _, rest = path.partition(".")
    if isinstance(data, Mapping):
        inner = data.get(head)
    elif isinstance(data, list) and head.isdecimal() and int(head) < len(data):
        inner = data[int(head)]
    else:
        return None
    return find(inner, rest) if rest else inner


def required(data: object, path: str) -> str:
    """Text, or a number as text. Raises UpstreamUnavailable when it is missing or empty."""
    value = optional(data, path)
    if not value:
        raise UpstreamUnavailable(f"the CRM's answer lacks {path!r}")
    return value


def optional(data: object, path: str) -> str:
    """Text, or a number as text; "" for what is missing, null, or something else."""
    value = find(data, path)
    if isinstance(value, bool):
        return ""
    return str(value) if isinstance(value, str | int | float) else ""


def instant(data: object, path: str) -> datetime:
    """An aware time: ISO 8601, or ServiceNow's "2026-01-31 12:00:00" in UTC. Raises UpstreamUnavailable."""
    text = required(data, path)
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise UpstreamUnavailable(f"the CRM's answer has no proper time in {path!r}") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def rows(data: object, path: str) -> list[Row]:
    """A list of objects; the answer itself with path "". Raises UpstreamUnavailable."""
    value = find(data, path) if path else data
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        raise UpstreamUnavailable(f"the CRM's answer lacks the list {path!r}")
    return value


def row(data: object, path: str) -> Row:
    """One object; the answer itself with path "". Raises UpstreamUnavailable."""
    value = find(data, path) if path else data
    if not isinstance(value, Mapping):
        raise UpstreamUnavailable(f"the CRM's answer lacks the object {path!r}")
    return value
