"""Closes the calls of a gateway that is gone: what it wrote stays, and the record ends with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from voiceagent.core.ids import CallId
from voiceagent.core.termination import Reason, Termination
from voiceagent.records.engine import store_errors
from voiceagent.records.models import CallEventModel, CallModel
from voiceagent.records.repositories.calls import record_of
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.cdr import CallDetailRecord
from voiceagent.telephony.events import CallEnded, Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaped:
    """`closed` were ended here, `ended` had ended before; `unknown` have no record yet: ask again later."""

    closed: tuple[Recorded, ...]
    ended: tuple[CallId, ...]
    unknown: tuple[CallId, ...]


class Reaper:
    """Give it the running calls of lost gateways (`control.presence`)."""

    def __init__(self, engine: AsyncEngine, writer: RecordsWriter) -> None:
        self._engine = engine
        self._writer = writer

    async def close(self, call_ids: Sequence[CallId], now: datetime) -> Reaped:
        """End each call once. If its gateway's own events still arrive, they win. Raises StoreUnavailable."""
        closed: list[Recorded] = []
        ended: list[CallId] = []
        unknown: list[CallId] = []
        for call_id in call_ids:
            known = await self._load(call_id)
            if known is None:
                unknown.append(call_id)
            elif known[0].ended_at is not None:
                ended.append(call_id)
            else:
                end = end_of_lost_call(known[0], last_at=known[1], now=now)
                if await self._writer.write([end]):
                    closed.append(end)
                else:
                    unknown.append(call_id)  # an event took the place meanwhile
        return Reaped(closed=tuple(closed), ended=tuple(ended), unknown=tuple(unknown))

    async def _load(self, call_id: CallId) -> tuple[CallDetailRecord, datetime] | None:
        """The record and the time of its last event."""
        with store_errors():
            async with AsyncSession(self._engine) as session:
                row = await session.get(CallModel, call_id)
                last_at = select(func.max(CallEventModel.at)).where(CallEventModel.call_id == call_id)
                if row is None:
                    return None
                return record_of(row), await session.scalar(last_at) or row.started_at


def end_of_lost_call(record: CallDetailRecord, *, last_at: datetime, now: datetime) -> Recorded:
    """The last event of a call whose gateway vanished; it lasted at least until its last event."""
    termination = Termination.because(Reason.GATEWAY_LOST)
    answered = record.answered_at
    return Recorded(
        call_id=record.call_id,
        tenant_id=record.tenant_id,
        seq=record.last_seq + 1,
        at=now,
        event=CallEnded(
            result=termination.result,
            reason=termination.reason,
            detail="closed by the reaper",
            duration_ms=0 if answered is None else max(0, round((last_at - answered).total_seconds() * 1000)),
        ),
    )
