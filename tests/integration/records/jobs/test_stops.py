"""Workers that stop, are killed, or lose their Postgres: their jobs are done all the same."""

import asyncio
import os
import signal
import sys

from sqlalchemy.exc import OperationalError

from tests.integration.records.jobs.working import TENANT, attempts_of, ended, state_of, working
from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.records import migrate
from voiceagent.records.engine import create_engine
from voiceagent.records.jobs.queue import JobQueue, NewJob
from voiceagent.records.jobs.retries import RetryPolicy
from voiceagent.records.unit_of_work import Records
from voiceagent.records.values import JobState

# A worker in a process of its own, whose job never ends by itself
_PROCESS = """
import asyncio, sys
from voiceagent.core.clock import SystemClock
from voiceagent.records.engine import create_engine
from voiceagent.records.jobs.worker import JobWorker, WorkerOptions

async def main(url):
    async def greet(order):
        print("begun", flush=True)
        await asyncio.sleep(600)

    await JobWorker(create_engine(url), {"greet": greet}, SystemClock(), WorkerOptions(silent_s=1.0)).run()

asyncio.run(main(sys.argv[1]))
"""


async def killed_over_a_job(database_url: str) -> None:
    """A process takes the job that waits, and is killed while it does it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROCESS, database_url, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(30):
        begun = await process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    await process.communicate()
    assert begun == b"begun\n"


async def test_the_job_of_a_process_that_was_killed_is_done_by_another(records, enqueue, work, database_url):
    told = []

    async def greet(order):
        told.append(order.arguments)

    job_id = await enqueue()
    await killed_over_a_job(database_url)
    orphaned = await state_of(records, job_id)
    async with work(greet):
        job = await ended(records, job_id)

    assert orphaned.state is JobState.RUNNING
    assert (job.state, job.attempts, told) == (JobState.SUCCEEDED, 2, [{"name": "Anna"}])
    assert [attempt.outcome for attempt in await attempts_of(records, job_id)] == ["lost", "succeeded"]


async def test_a_job_that_takes_its_process_along_every_time_ends_as_a_dead_letter(
    records, enqueue, work, database_url
):
    async def greet(order):
        raise AssertionError

    job_id = await enqueue()
    await killed_over_a_job(database_url)
    async with work(greet, retries=RetryPolicy(attempts=1)):
        job = await ended(records, job_id)

    assert job.state is JobState.FAILED
    assert [attempt.outcome for attempt in await attempts_of(records, job_id)] == ["lost"]


async def test_a_job_may_end_after_its_worker_was_told_to_stop(records, enqueue, work):
    begun, ended_well = asyncio.Event(), []

    async def greet(order):
        begun.set()
        await asyncio.sleep(0.3)
        ended_well.append(order)

    job_id = await enqueue()
    async with work(greet):
        await begun.wait()

    assert len(ended_well) == 1
    assert (await state_of(records, job_id)).state is JobState.SUCCEEDED


async def test_a_job_that_does_not_end_after_a_stop_is_done_by_the_next_worker(records, enqueue, work):
    begun, told = asyncio.Event(), []

    async def hang(order):
        begun.set()
        await asyncio.sleep(600)

    async def greet(order):
        told.append(order)

    job_id = await enqueue()
    async with work(hang, grace_s=0.1):
        await begun.wait()
    between = await state_of(records, job_id)
    async with work(greet):
        await ended(records, job_id)

    assert between.state is JobState.WAITING
    assert len(told) == 1
    assert [attempt.outcome for attempt in await attempts_of(records, job_id)] == ["interrupted", "succeeded"]


async def test_a_worker_outlives_its_postgres(state):
    server = EmbeddedPostgres(state)
    server.start()
    try:
        migrate.upgrade(server.url)
        engine = create_engine(server.url)
        records, told = Records(engine), []

        async def greet(order):
            told.append(order)

        async with working(engine, {"greet": greet}):
            before = await entered(engine)
            await ended(records, before)
            os.kill(server.pid, signal.SIGKILL)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(server.start)
            after = await entered(engine)
            job = await ended(records, after, within_s=40)
        await engine.dispose()
    finally:
        server.stop()

    assert job.state is JobState.SUCCEEDED
    assert len(told) == 2


async def test_a_worker_stops_also_while_its_postgres_is_away(state):
    server = EmbeddedPostgres(state)
    server.start()
    try:
        migrate.upgrade(server.url)
        engine, stopped = create_engine(server.url), asyncio.Event()

        async def greet(order):
            pass

        async with asyncio.timeout(30):
            async with working(engine, {"greet": greet}):
                await ended(Records(engine), await entered(engine))
                os.kill(server.pid, signal.SIGKILL)
            stopped.set()
        await engine.dispose()
    finally:
        server.stop()

    assert stopped.is_set()


async def entered(engine) -> int:
    """The id of a new job, as soon as Postgres takes one."""
    async with asyncio.timeout(20):
        while True:
            try:
                async with engine.begin() as connection:
                    return await JobQueue().enqueue(connection, NewJob(task="greet", tenant_id=TENANT, arguments={}))
            except OperationalError:
                await asyncio.sleep(0.1)


async def test_a_task_that_takes_longer_than_others_may_be_given_its_own_time(records):
    async def slow(_order):
        await asyncio.sleep(0.3)

    async with records.engine.begin() as connection:
        jobs = [
            await JobQueue().enqueue(connection, NewJob(task=task, tenant_id=TENANT, arguments={}))
            for task in ("short", "long")
        ]
    once = RetryPolicy(attempts=1)

    async with working(
        records.engine, {"short": slow, "long": slow}, longest_s=0.1, longest_of={"long": 20.0}, retries=once
    ):
        states = [(await ended(records, job)).state for job in jobs]

    assert states == [JobState.FAILED, JobState.SUCCEEDED]
