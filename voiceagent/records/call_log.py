"""A call's log in Postgres: reading it as the events that it was written from, and writing entries."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import RowMapping, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from voiceagent.core.errors import BadInput
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.models import CallEventModel
from voiceagent.telephony.event_codec import Unrecognised, event_from_data, event_to_data, type_name_of
from voiceagent.telephony.events import CallEvent, Recorded
from voiceagent.telephony.printable import printable

_EVENTS = CallEventModel.__table__
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(id, 0)) FROM unnest(CAST(:ids AS text[])) AS id")


async def lock_calls(connection: AsyncConnection, call_ids: Sequence[CallId]) -> None:
    """Until the transaction ends nobody else writes or purges these calls. In order, so that none wait in a ring."""
    await connection.execute(_LOCK, {"ids": sorted(call_ids)})


async def load_events(connection: AsyncConnection, call_id: CallId, seqs: set[int] | None) -> dict[int, Recorded]:
    """The entries at `seqs`, or all of them."""
    if seqs is not None and not seqs:
        return {}
    query = select(_EVENTS).where(CallEventModel.call_id == call_id)
    if seqs is not None:
        query = query.where(CallEventModel.seq.in_(seqs))
    return {row["seq"]: _recorded(row) for row in (await connection.execute(query)).mappings()}


async def load_logs(connection: AsyncConnection, call_ids: Sequence[CallId]) -> list[Recorded]:
    """Every entry of these calls, call by call, each in its order."""
    query = select(_EVENTS).where(CallEventModel.call_id.in_(call_ids))
    ordered = query.order_by(CallEventModel.call_id, CallEventModel.seq)
    return [_recorded(row) for row in (await connection.execute(ordered)).mappings()]


def _recorded(row: RowMapping) -> Recorded:
    return Recorded(
        call_id=CallId(row["call_id"]),
        tenant_id=TenantId(row["tenant_id"]),
        seq=row["seq"],
        at=row["at"],
        event=_event_of(row["type"], row["data"]),
    )


def _event_of(type_name: str, data: dict[str, Any]) -> CallEvent:
    try:
        return event_from_data(type_name, data)
    except BadInput:
        return Unrecognised(type_name=type_name, data=data)


async def put_events(connection: AsyncConnection, added: Iterable[Recorded]) -> None:
    """Insert entries at places that are free."""
    rows = [
        {
            "call_id": recorded.call_id,
            "seq": recorded.seq,
            "tenant_id": recorded.tenant_id,
            "at": recorded.at,
            "type": type_name_of(recorded.event),
            "data": printable(event_to_data(recorded.event)),
        }
        for recorded in added
    ]
    await connection.execute(insert(CallEventModel), rows)
