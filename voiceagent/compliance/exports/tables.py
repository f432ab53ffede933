"""The tables of a package: which there are, what a row of each looks like, and the JSON schema of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from voiceagent.records.dossier import CallDossier
from voiceagent.records.values import (
    CallLeg,
    ConsentEvidence,
    Recording,
    StoredCallback,
    StoredTransfer,
    ToolCall,
    TranscriptSegment,
)
from voiceagent.telephony.cdr import CallDetailRecord

_INTERNAL: Final = frozenset({"path", "key_id"})  # where a recording lies on our disk, and under which key
_JSON_TYPES: Final = {str: "string", int: "integer", float: "number", bool: "boolean", dict: "object", NoneType: "null"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`name` is the file's, `one` the schema's; `part` picks the values out of a call."""

    name: str
    one: str
    kind: type
    part: Callable[[CallDossier], Sequence[Any]]


TABLES: Final = (
    Table(name="calls", one="call", kind=CallDetailRecord, part=lambda call: (call.record,)),
    Table(name="legs", one="leg", kind=CallLeg, part=lambda call: call.legs),
    Table(name="segments", one="segment", kind=TranscriptSegment, part=lambda call: call.segments),
    Table(name="consents", one="consent", kind=ConsentEvidence, part=lambda call: call.consents),
    Table(name="tool_calls", one="tool_call", kind=ToolCall, part=lambda call: call.tool_calls),
    Table(name="recordings", one="recording", kind=Recording, part=lambda call: call.recordings),
    Table(name="transfers", one="transfer", kind=StoredTransfer, part=lambda call: call.transfers),
    Table(name="callbacks", one="callback", kind=StoredCallback, part=lambda call: call.callbacks),
)
DELIVERY: Final = ("media", "media_state")  # of a recording: its file in the package, or why there is none


def columns(table: Table) -> Sequence[str]:
    """The columns in their order; the call first."""
    names = [name for name in _names(table.kind) if name != "call_id"]
    return ("call_id", *names, *(DELIVERY if table.kind is Recording else ()))


def rows(table: Table, dossier: CallDossier, delivery: Mapping[str, Mapping[str, str]]) -> Sequence[dict[str, Any]]:
    """The call's rows as JSON values. `delivery` has the columns `DELIVERY` by recording id."""
    call_id, names = dossier.record.call_id, _names(table.kind)
    found = [{"call_id": call_id, **{name: plain(getattr(one, name)) for name in names}} for one in table.part(dossier)]
    if table.kind is Recording:
        for row in found:
            row.update(delivery[row["id"]])
    return found


def row_schema(table: Table) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one line of the table's file."""
    hints = get_type_hints(table.kind)
    members: dict[str, Any] = {name: _schema_of(hints.get(name, str)) for name in columns(table)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"one {table.one}",
        "type": "object",
        "additionalProperties": False,
        "properties": members,
        "required": list(members),
    }


@cache
def _names(kind: type) -> Sequence[str]:
    return tuple(field.name for field in fields(kind) if field.name not in _INTERNAL)


def plain(value: Any) -> Any:
    """A value of a row as JSON has it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return list(value) if isinstance(value, tuple) else value


def _schema_of(hint: Any) -> dict[str, Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return {"anyOf": [_schema_of(one) for one in arguments]}
    if origin is tuple:
        return {"type": "array", "items": _schema_of(arguments[0])}
    if hint is datetime:
        return {"type": "string", "format": "date-time"}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [one.value for one in hint]}
    return {"type": _JSON_TYPES.get(origin or getattr(hint, "__supertype__", hint), "string")}
