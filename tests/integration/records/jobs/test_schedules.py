"""What is done at its time: by one process, and not again by the others."""

import asyncio

from tests.integration.records.jobs.working import QUICK
from voiceagent.core.clock import SystemClock
from voiceagent.records.jobs.worker import JobWorker, Schedule, WorkerOptions

EVERY_SECOND = "* * * * * *"


async def test_what_is_due_is_done_once_however_many_processes_there_are(engine):
    times: list[int] = []

    async def note() -> None:
        times.append(1)

    options = WorkerOptions(poll_s=0.05, retries=QUICK, silent_s=1.0)
    schedules = {"note": Schedule(cron=EVERY_SECOND, run=note)}
    async with asyncio.TaskGroup() as tasks:
        workers = [tasks.create_task(JobWorker(engine, {}, SystemClock(), options, schedules).run()) for _ in range(2)]
        async with asyncio.timeout(20):
            while len(times) < 2:
                await asyncio.sleep(0.05)
        for worker in workers:
            worker.cancel()

    async with engine.connect() as connection:
        due = await connection.exec_driver_sql("SELECT count(*), count(DISTINCT args) FROM procrastinate_jobs")
        entered, moments = due.one()
    assert entered == moments >= len(times)
