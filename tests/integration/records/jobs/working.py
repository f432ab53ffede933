"""A job worker beside a test, and what becomes of a job."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import TenantId
from voiceagent.records.jobs.retries import RetryPolicy
from voiceagent.records.jobs.worker import Handler, JobWorker, WorkerOptions
from voiceagent.records.unit_of_work import Records
from voiceagent.records.values import Job, JobAttempt, JobState

TENANT = TenantId("ten_a")
QUICK = RetryPolicy(attempts=3, first_wait_s=0.05, longest_wait_s=0.2)


@asynccontextmanager
async def working(engine: AsyncEngine, handlers: Mapping[str, Handler], **options: Any) -> AsyncIterator[None]:
    """A worker that runs until the block ends, and then as any worker does at a stop."""
    chosen = WorkerOptions(**{"poll_s": 0.05, "retries": QUICK, "silent_s": 1.0, **options})
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(JobWorker(engine, handlers, SystemClock(), chosen).run())
        yield
        running.cancel()


async def state_of(records: Records, job_id: int) -> Job:
    async with records.unit_of_work(TENANT) as work:
        return await work.jobs.get(job_id)


async def attempts_of(records: Records, job_id: int) -> Sequence[JobAttempt]:
    async with records.unit_of_work(TENANT) as work:
        return await work.jobs.attempts(job_id)


async def ended(records: Records, job_id: int, within_s: float = 20.0) -> Job:
    """The job once it has succeeded or failed for good."""
    async with asyncio.timeout(within_s):
        while (job := await state_of(records, job_id)).state not in (JobState.SUCCEEDED, JobState.FAILED):
            await asyncio.sleep(0.02)
    return job
