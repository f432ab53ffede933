"""Jobs whose process is gone, killed or cut off: they are taken up again, or end as dead letters at their limit.

A worker writes a heartbeat beside its jobs. A process that is only slow may be taken for gone, and its job then runs
twice: this is why every job must bear repetition.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from voiceagent.core.ids import TenantId
from voiceagent.records.engine import store_errors
from voiceagent.records.jobs.attempts import Attempt, AttemptOutcome, row_of
from voiceagent.records.jobs.retries import RetryPolicy

# Of several processes that look at once, each row is locked by one, and is `doing` no more for the next.
_LOST: Final = text(
    """
    SELECT job.id, job.attempts, coalesce(job.args ->> 'tenant_id', '') AS tenant_id,
           coalesce((SELECT max(event.at) FROM procrastinate_events event
                      WHERE event.job_id = job.id AND event.type = 'started'), now()) AS started_at
      FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
     WHERE job.status = 'doing'
       AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => :silent_s))
     ORDER BY job.id LIMIT 100
       FOR UPDATE OF job SKIP LOCKED
    """
)
_AGAIN: Final = text("SELECT procrastinate_retry_job_v2(:id, now(), NULL, NULL, NULL)")
_NO_MORE: Final = text("SELECT procrastinate_finish_job_v1(:id, 'failed', false)")


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenUp:
    """Ids of jobs that run again, and of those that had been tried often enough."""

    again: tuple[int, ...]
    dead: tuple[int, ...]


async def take_up(engine: AsyncEngine, policy: RetryPolicy, *, silent_s: float, now: datetime) -> TakenUp:
    """Everything that runs in a process without a heartbeat for `silent_s`. Raises StoreUnavailable."""
    with store_errors():
        async with AsyncSession(engine) as session:
            rows = (await session.execute(_LOST, {"silent_s": silent_s})).all()
            dead = tuple(row.id for row in rows if row.attempts + 1 >= policy.attempts)
            again = tuple(row.id for row in rows if row.id not in dead)
            for job_id in again:
                await session.execute(_AGAIN, {"id": job_id})
            for job_id in dead:
                await session.execute(_NO_MORE, {"id": job_id})
            session.add_all(
                row_of(
                    Attempt(
                        job_id=row.id,
                        tenant_id=TenantId(row.tenant_id),
                        started_at=row.started_at,
                        ended_at=now,
                        outcome=AttemptOutcome.LOST,
                        error="the process that ran it is gone",
                    )
                )
                for row in rows
            )
            await session.commit()
    return TakenUp(again=again, dead=dead)
