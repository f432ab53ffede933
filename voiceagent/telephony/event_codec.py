"""Events to and from JSON-ready records. The type name on the wire is the class's `TYPE`, never its Python name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from voiceagent.core.errors import BadInput
from voiceagent.core.ids import CallId, TenantId
from voiceagent.telephony import events as _events
from voiceagent.telephony.events import CallEvent, Recorded
from voiceagent.telephony.printable import printable

EVENT_TYPES: dict[str, type[CallEvent]] = {
    cls.TYPE: cls
    for cls in vars(_events).values()
    if isinstance(cls, type) and issubclass(cls, CallEvent) and cls is not CallEvent
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecognised(CallEvent):
    """An event of a type that only newer versions know: carried along and kept as it is, never interpreted."""

    type_name: str
    data: dict[str, Any]


def type_name_of(event: CallEvent) -> str:
    """The event's stable name."""
    return event.type_name if isinstance(event, Unrecognised) else event.TYPE


def event_to_data(event: CallEvent) -> dict[str, Any]:
    """The event's fields as JSON-ready values."""
    if isinstance(event, Unrecognised):
        return event.data
    data: dict[str, Any] = msgspec.to_builtins(event)
    return data


def event_from_data(type_name: str, data: dict[str, Any]) -> CallEvent:
    """Rebuild an event; fields that this version does not know are ignored. Raises BadInput."""
    cls = EVENT_TYPES.get(type_name)
    if cls is None:
        raise BadInput(f"unknown event type {type_name!r}: written by a newer version? upgrade this process")
    try:
        return msgspec.convert(data, cls)
    except msgspec.ValidationError as error:
        raise BadInput(f"event {type_name} is malformed: {error}") from error


def encode(recorded: Recorded) -> bytes:
    """One log entry as one line of JSON; half surrogate pairs become U+FFFD."""
    line = {
        "call_id": recorded.call_id,
        "tenant_id": recorded.tenant_id,
        "seq": recorded.seq,
        "at": recorded.at,
        "type": type_name_of(recorded.event),
        "data": event_to_data(recorded.event),
    }
    try:
        return msgspec.json.encode(line)
    except UnicodeEncodeError:
        return msgspec.json.encode(printable(line))


class _Line(msgspec.Struct):
    call_id: CallId
    tenant_id: TenantId
    seq: int
    at: datetime
    type: str
    data: dict[str, Any]


def decode(line: bytes) -> Recorded:
    """The inverse of `encode`. Raises BadInput for anything else."""
    raw = _parse(line)
    return _recorded(raw, event_from_data(raw.type, raw.data))


def decode_any(line: bytes) -> Recorded:
    """Like `decode`, for those who only carry events: an unknown type becomes `Unrecognised`."""
    raw = _parse(line)
    if raw.type not in EVENT_TYPES:
        return _recorded(raw, Unrecognised(type_name=raw.type, data=raw.data))
    return _recorded(raw, event_from_data(raw.type, raw.data))


def _parse(line: bytes) -> _Line:
    try:
        return msgspec.json.decode(line, type=_Line)
    except msgspec.MsgspecError as error:
        raise BadInput(f"event line is malformed: {error}") from error


def _recorded(raw: _Line, event: CallEvent) -> Recorded:
    return Recorded(call_id=raw.call_id, tenant_id=raw.tenant_id, seq=raw.seq, at=raw.at, event=event)
