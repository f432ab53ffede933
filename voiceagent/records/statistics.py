"""Numbers over all tenants for the operators' metrics; nothing here names a tenant, a call's content or a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, DateTime, Integer, Text, column, func, select, table
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.core.ids import CallId
from voiceagent.records.engine import store_errors
from voiceagent.telephony.cdr import CallStatus

# Views of migration 0009: they show figures of every tenant to a login that sees the rows of one.
_CALLS = table(
    "call_figures",
    *(column(name, Text) for name in ("call_id", "transport", "status", "result", "reason")),
    *(column(name, Integer) for name in ("duration_ms", "worker_losses", "barge_ins")),
    *(column(name, DateTime(timezone=True)) for name in ("started_at", "ended_at")),
    column("response_latencies_ms", ARRAY(Integer)),
)
_JOBS = table("job_figures", column("status", Text), column("open", BigInteger))
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
        query = (
            select(func.count()).select_from(_CALLS).where(_CALLS.c.status.in_(_RUNNING), _CALLS.c.started_at > since)
        )
        with store_errors():
            async with self._engine.connect() as connection:
                return await connection.scalar(query) or 0

    async def ended(self, since: datetime, *, limit: int = 10_000) -> Sequence[CallFigures]:
        """Calls that ended after `since`, newest first."""
        query = (
            select(
                _CALLS.c.call_id,
                _CALLS.c.transport,
                (_CALLS.c.status == CallStatus.REFUSED.value).label("refused"),
                _CALLS.c.result,
                _CALLS.c.reason,
                _CALLS.c.duration_ms,
                _CALLS.c.worker_losses,
                _CALLS.c.barge_ins,
                _CALLS.c.response_latencies_ms,
            )
            .where(_CALLS.c.ended_at > since)
            .order_by(_CALLS.c.ended_at.desc())
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
        with store_errors():
            async with self._engine.connect() as connection:
                found: dict[str, int] = {row.status: row.open for row in await connection.execute(select(_JOBS))}
        return found.get("todo", 0) + found.get("doing", 0), found.get("failed", 0)
