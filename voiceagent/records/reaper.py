"""Closes the calls of a gateway that is gone: what it wrote stays, its recordings are sealed or, where the caller had
refused, removed, and the record ends with the reason.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from voiceagent.core.errors import BadInput
from voiceagent.core.ids import CallId
from voiceagent.core.termination import Reason, Termination
from voiceagent.records.engine import store_errors
from voiceagent.records.models import CallEventModel, CallModel, RecordingModel
from voiceagent.records.recording import remove, salvage
from voiceagent.records.repositories.calls import record_of
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.cdr import CallDetailRecord, ConsentState
from voiceagent.telephony.events import CallEnded, CallEvent, Recorded, RecordingDiscarded, RecordingSealed

_log = structlog.get_logger(__name__)

RecordingSettled = RecordingSealed | RecordingDiscarded


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaped:
    """`closed` is what was written to end calls, `ended` had ended before; `unknown` have no record yet: ask again."""

    closed: tuple[Recorded, ...]
    ended: tuple[CallId, ...]
    unknown: tuple[CallId, ...]


class Reaper:
    """Give it the running calls of lost gateways (`control.presence`)."""

    def __init__(self, engine: AsyncEngine, writer: RecordsWriter, recordings: Path) -> None:
        self._engine = engine
        self._writer = writer
        self._recordings = recordings

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
                settled = await self._settle(known[0])
                written = await self._write(events_of_lost_call(known[0], settled, last_at=known[1], now=now))
                closed += written
                if not written or not isinstance(written[-1].event, CallEnded):
                    unknown.append(call_id)  # an event took the place meanwhile
        return Reaped(closed=tuple(closed), ended=tuple(ended), unknown=tuple(unknown))

    async def _write(self, events: Sequence[Recorded]) -> list[Recorded]:
        """One after the other, so that none is written without those before it."""
        written: list[Recorded] = []
        for recorded in events:
            if not await self._writer.write([recorded]):
                break
            written.append(recorded)
        return written

    async def _settle(self, record: CallDetailRecord) -> list[RecordingSettled]:
        """Close the files that the gateway left open, where this machine has them; remove them after a refusal."""
        call_id = record.call_id
        opened = select(RecordingModel).where(RecordingModel.call_id == call_id, RecordingModel.state == "open")
        with store_errors():
            async with AsyncSession(self._engine) as session:
                rows = (await session.scalars(opened)).all()
        refused = record.consent in (ConsentState.DENIED, ConsentState.WITHDRAWN)
        settled = [await self._settled(call_id, row.id, None if refused else row.start_ms) for row in rows]
        return [event for event in settled if event is not None]

    async def _settled(self, call_id: CallId, recording_id: str, start_ms: int | None) -> RecordingSettled | None:
        """Sealed with its start, or removed without one."""
        event: RecordingSettled | None
        try:
            if start_ms is None:
                event = await asyncio.to_thread(remove, self._recordings, call_id, recording_id)
            else:
                event = await asyncio.to_thread(salvage, self._recordings, call_id, recording_id, start_ms)
        except (OSError, BadInput) as error:
            _log.error("recording stays open", recording_id=recording_id, why=str(error))
            return None
        if event is None:
            _log.warning("recording stays open: no file here", recording_id=recording_id)
        return event

    async def _load(self, call_id: CallId) -> tuple[CallDetailRecord, datetime] | None:
        """The record and the time of its last event."""
        with store_errors():
            async with AsyncSession(self._engine) as session:
                row = await session.get(CallModel, call_id)
                last_at = select(func.max(CallEventModel.at)).where(CallEventModel.call_id == call_id)
                if row is None:
                    return None
                return record_of(row), await session.scalar(last_at) or row.started_at


def events_of_lost_call(
    record: CallDetailRecord, settled: Sequence[RecordingSettled], *, last_at: datetime, now: datetime
) -> list[Recorded]:
    """The last events of a call whose gateway vanished; it lasted at least until its last event."""
    termination = Termination.because(Reason.GATEWAY_LOST)
    answered = record.answered_at
    end = CallEnded(
        result=termination.result,
        reason=termination.reason,
        detail="closed by the reaper",
        duration_ms=0 if answered is None else max(0, round((last_at - answered).total_seconds() * 1000)),
    )
    events: list[CallEvent] = [*settled, end]
    return [
        Recorded(call_id=record.call_id, tenant_id=record.tenant_id, seq=record.last_seq + place, at=now, event=event)
        for place, event in enumerate(events, 1)
    ]
