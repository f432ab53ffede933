"""Numbers over all tenants for the operators' metrics; nothing here names a tenant, a call's content or a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.core.ids import CallId
from voiceagent.records.engine import store_errors
from voiceagent.records.jobs.tables import JOBS
from voiceagent.records.models import CallModel
from voiceagent.telephony.cdr import CallStatus

_RUNNING = [CallStatus.STARTED.value, CallStatus.RINGING.value, CallStatus.ANSWERED.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFigures:
    """What the metrics of a call are made of."""

    call_id: CallId
    transport: str
    refused: bool
    result: str
    reason: str
    duration_ms: int
    worker_losses: int
    barge_ins: int
    response_latencies_ms: tuple[int, ...]


class CallStatistics:
    """Every method raises StoreUnavailable."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def running(self, since: datetime) -> int:
        """Calls that began after `since` and have not ended."""
        query = select(func.count()).where(CallModel.status.in_(_RUNNING), CallModel.started_at > since)
        with store_errors():
            async with self._engine.connect() as connection:
                return await connection.scalar(query) or 0

    async def ended(self, since: datetime, *, limit: int = 10_000) -> Sequence[CallFigures]:
        """Calls that ended after `since`, newest first."""
        query = (
            select(
                CallModel.call_id,
                CallModel.transport,
                (CallModel.status == CallStatus.REFUSED.value).label("refused"),
                CallModel.result,
                CallModel.reason,
                CallModel.duration_ms,
                CallModel.worker_losses,
                CallModel.barge_ins,
                CallModel.response_latencies_ms,
            )
            .where(CallModel.ended_at > since)
            .order_by(CallModel.ended_at.desc())
            .limit(limit)
        )
        with store_errors():
            async with self._engine.connect() as connection:
                rows = (await connection.execute(query)).mappings()
                return [
                    CallFigures(**{**row, "response_latencies_ms": tuple(row["response_latencies_ms"])}) for row in rows
                ]

    async def jobs(self) -> tuple[int, int]:
        """Jobs that are to be done, and dead letters: of tenants, because nobody can bring back what only tidies up."""
        query = (
            select(JOBS.c.status, func.count().label("open"))
            .where(JOBS.c.status.in_(("todo", "doing", "failed")), JOBS.c.args["tenant_id"].astext.is_not(None))
            .group_by(JOBS.c.status)
        )
        with store_errors():
            async with self._engine.connect() as connection:
                found: dict[str, int] = {row.status: row.open for row in await connection.execute(query)}
        return found.get("todo", 0) + found.get("doing", 0), found.get("failed", 0)
