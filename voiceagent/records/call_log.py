"""Reading a call's log as the events that it was written from."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from voiceagent.core.errors import BadInput
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.models import CallEventModel
from voiceagent.telephony.event_codec import Unrecognised, event_from_data
from voiceagent.telephony.events import CallEvent, Recorded

_EVENTS = CallEventModel.__table__


async def load_events(connection: AsyncConnection, call_id: CallId, seqs: set[int] | None) -> dict[int, Recorded]:
    """The entries at `seqs`, or all of them."""
    if seqs is not None and not seqs:
        return {}
    query = select(_EVENTS).where(CallEventModel.call_id == call_id)
    if seqs is not None:
        query = query.where(CallEventModel.seq.in_(seqs))
    rows = (await connection.execute(query)).mappings()
    return {
        row["seq"]: Recorded(
            call_id=call_id,
            tenant_id=TenantId(row["tenant_id"]),
            seq=row["seq"],
            at=row["at"],
            event=_event_of(row["type"], row["data"]),
        )
        for row in rows
    }


def _event_of(type_name: str, data: dict[str, Any]) -> CallEvent:
    try:
        return event_from_data(type_name, data)
    except BadInput:
        return Unrecognised(type_name=type_name, data=data)
