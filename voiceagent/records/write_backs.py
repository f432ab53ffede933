"""Calls whose summary goes to the CRM: entered when the call has ended, settled by whoever wrote it there.

`WriteBackEntry` acts in the transaction of the records writer: the record of an ended call and the job that writes it
back are there together.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.call_log import load_events
from voiceagent.records.engine import store_errors
from voiceagent.records.erasure_values import Fate
from voiceagent.records.jobs.queue import JobQueue, NewJob
from voiceagent.records.models import CallModel, ErasureItemModel, WriteBackModel
from voiceagent.records.repositories.calls import record_of_row
from voiceagent.telephony.cdr import CallDetailRecord, CallStatus
from voiceagent.telephony.events import Recorded

WRITE_BACK: Final = "write_back"
_CALLS = CallModel.__table__


class WriteBackOutcome(StrEnum):
    NOTED = "noted"
    NO_CONTACT = "no_contact"  # the CRM knows nobody with that number


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedCall:
    """What a write-back is made from. PII."""

    record: CallDetailRecord
    log: tuple[Recorded, ...]


def is_owed(record: CallDetailRecord) -> bool:
    """Whether the call is written back: its profile asked for it, and somebody was talked to."""
    return record.write_back and record.status is CallStatus.ENDED and record.answered_at is not None


class WriteBackEntry:
    def __init__(self) -> None:
        self._queue = JobQueue()

    async def owe(self, connection: AsyncConnection, record: CallDetailRecord) -> None:
        """Enter the job, once per call, however often its events come. Raises StoreUnavailable."""
        if not is_owed(record):
            return
        row = {"call_id": record.call_id, "tenant_id": record.tenant_id, "outcome": "", "note_id": ""}
        entered = insert(WriteBackModel).values(row).on_conflict_do_nothing().returning(WriteBackModel.call_id)
        if (await connection.execute(entered)).one_or_none() is None:
            return
        job = NewJob(task=WRITE_BACK, tenant_id=record.tenant_id, arguments={"call_id": record.call_id})
        job_id = await self._queue.enqueue(connection, job)
        place = update(WriteBackModel).where(WriteBackModel.call_id == record.call_id)
        await connection.execute(place.values(job_id=job_id))


class WriteBacks:
    """The books as the job sees them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def unsettled(self, tenant_id: TenantId, call_id: CallId) -> EndedCall | None:
        """The call; None when it has been written back, is no more, or its subject asked for erasure.

        Raises StoreUnavailable.
        """
        unwanted = select(ErasureItemModel.call_id).where(
            ErasureItemModel.call_id == CallModel.call_id, ErasureItemModel.fate != Fate.KEPT.value
        )
        owed = (
            select(_CALLS)
            .join(WriteBackModel, WriteBackModel.call_id == CallModel.call_id)
            .where(CallModel.tenant_id == tenant_id, CallModel.call_id == call_id, WriteBackModel.outcome == "")
            .where(~unwanted.exists())
        )
        with store_errors():
            async with self._engine.connect() as connection:
                row = (await connection.execute(owed)).mappings().one_or_none()
                if row is None:
                    return None
                log = await load_events(connection, call_id, None)
        record = record_of_row({str(name): value for name, value in row.items()})
        return EndedCall(record=record, log=tuple(log[seq] for seq in sorted(log)))

    async def settle(
        self, tenant_id: TenantId, call_id: CallId, outcome: WriteBackOutcome, *, note_id: str = "", now: datetime
    ) -> None:
        """Write down the end, once: what came first stays. Raises StoreUnavailable."""
        own = (WriteBackModel.tenant_id == tenant_id, WriteBackModel.call_id == call_id)
        place = update(WriteBackModel).where(*own, WriteBackModel.outcome == "")
        with store_errors():
            async with self._engine.begin() as connection:
                await connection.execute(place.values(outcome=outcome.value, note_id=note_id, settled_at=now))
