"""A job and what it is about are written together or not at all; then somebody does it, once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.integration.records.jobs.working import QUICK, TENANT, attempts_of, ended, state_of, working
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import BadInput, Conflict, NotFound, UpstreamUnavailable
from voiceagent.core.ids import TenantId
from voiceagent.records.engine import create_engine
from voiceagent.records.jobs.queue import JobQueue, NewJob
from voiceagent.records.values import JobState

GREET_ANNA = NewJob(task="greet", tenant_id=TENANT, arguments={"name": "Anna"})

# What the schedule enters when its time has come
THE_NIGHT = text(
    "SELECT procrastinate_defer_periodic_job_v2("
    "'forget_finished_jobs', NULL, NULL, 'forget_finished_jobs', 0, '', 1, '{\"timestamp\": 1}')"
)


async def jobs(records):
    async with records.unit_of_work(TENANT) as work:
        return await work.jobs.list(limit=100)


async def test_a_job_is_done_with_its_arguments_and_its_tenant(records, enqueue, work):
    told = []

    async def greet(order):
        told.append(order)

    job_id = await enqueue(name="Ben")
    async with work(greet):
        job = await ended(records, job_id)

    assert [(order.tenant_id, order.arguments) for order in told] == [(TENANT, {"name": "Ben"})]
    assert (job.state, job.attempts, job.arguments) == (JobState.SUCCEEDED, 1, {"name": "Ben"})
    assert [attempt.outcome for attempt in await attempts_of(records, job_id)] == ["succeeded"]


async def test_a_job_is_there_exactly_when_the_other_writes_of_its_transaction_are(engine, records):
    queue = JobQueue()
    insert = text("INSERT INTO tenants (id, name, created_at) VALUES (:id, :id, now())")

    async def write(tenant_id: str, *, fail: bool) -> int:
        async with engine.begin() as connection:
            await connection.execute(insert, {"id": tenant_id})
            job_id = await queue.enqueue(connection, GREET_ANNA)
            if fail:
                raise BadInput
            return job_id

    kept = await write("ten_kept", fail=False)
    with pytest.raises(BadInput):
        await write("ten_undone", fail=True)

    async with engine.connect() as connection:
        tenants = (await connection.execute(text("SELECT id FROM tenants"))).scalars().all()
    assert tenants == ["ten_kept"]
    assert [job.id for job in await jobs(records)] == [kept]


async def test_no_worker_sees_a_job_before_its_transaction_ends(engine, records, work):
    told = []

    async def greet(order):
        told.append(order)

    async with work(greet):
        async with engine.begin() as connection:
            job_id = await JobQueue().enqueue(connection, GREET_ANNA)
            await asyncio.sleep(0.3)
            told_early = list(told)
        await ended(records, job_id)

    assert told_early == []
    assert len(told) == 1


async def test_a_job_with_a_time_waits_for_it(engine, records, work):
    async def greet(order):
        pass

    due = SystemClock().now() + timedelta(hours=1)
    later = NewJob(task="greet", tenant_id=TENANT, arguments={}, not_before=due)
    async with engine.begin() as connection:
        waiting = await JobQueue().enqueue(connection, later)
        at_once = await JobQueue().enqueue(connection, GREET_ANNA)
    async with work(greet):
        await ended(records, at_once)

    job = await state_of(records, waiting)
    assert (job.state, job.due_at, job.attempts) == (JobState.WAITING, due, 0)


async def test_what_failed_is_tried_again_until_it_succeeds(records, enqueue, work):
    answers = iter([UpstreamUnavailable("the CRM is away"), ValueError("a secret"), None])

    async def greet(order):
        answer = next(answers)
        if answer:
            raise answer

    job_id = await enqueue()
    async with work(greet):
        job = await ended(records, job_id)

    told = [(attempt.outcome, attempt.error) for attempt in await attempts_of(records, job_id)]
    assert (job.state, job.attempts) == (JobState.SUCCEEDED, 3)
    assert told == [("failed", "the CRM is away"), ("failed", "ValueError"), ("succeeded", "")]


async def test_what_fails_at_its_last_attempt_is_kept_as_a_dead_letter_and_can_be_retried(records, enqueue, work):
    away = True

    async def greet(order):
        if away:
            raise UpstreamUnavailable("the CRM is away")

    job_id = await enqueue()
    async with work(greet):
        dead = await ended(records, job_id)
        away = False
        async with records.unit_of_work(TENANT) as unit:
            await unit.jobs.retry(job_id)
            await unit.commit()
        async with asyncio.timeout(20):
            while (job := await state_of(records, job_id)).state is not JobState.SUCCEEDED:
                await asyncio.sleep(0.02)

    assert (dead.state, dead.attempts) == (JobState.FAILED, 3)
    assert job.attempts == 1
    assert [attempt.outcome for attempt in await attempts_of(records, job_id)] == [*["failed"] * 3, "succeeded"]


async def test_what_cannot_get_better_is_not_tried_again(records, enqueue, work):
    async def greet(order):
        raise NotFound("there is no Anna")

    job_id = await enqueue()
    async with work(greet):
        job = await ended(records, job_id)

    assert (job.state, job.attempts) == (JobState.FAILED, 1)


async def test_a_worker_leaves_what_it_does_not_know_to_others(records, enqueue, work):
    async def greet(order):
        pass

    unknown, known = await enqueue("task_of_a_newer_version"), await enqueue()
    async with work(greet):
        await ended(records, known)
        await asyncio.sleep(0.2)

    assert (await state_of(records, unknown)).state is JobState.WAITING


async def test_only_a_dead_letter_of_ones_own_can_be_retried(records, enqueue):
    job_id = await enqueue()

    async with records.unit_of_work(TENANT) as unit:
        with pytest.raises(Conflict, match="todo"):
            await unit.jobs.retry(job_id)
    async with records.unit_of_work(TenantId("ten_b")) as stranger:
        for refused in (stranger.jobs.retry(job_id), stranger.jobs.get(job_id)):
            with pytest.raises(NotFound):
                await refused
        assert await stranger.jobs.list(limit=10) == []


async def test_workers_beside_each_other_do_no_job_twice(database_url, records, enqueue):
    told = []

    async def greet(order):
        told.append(order.arguments["name"])
        await asyncio.sleep(0.01)

    ids = [await enqueue(name=str(number)) for number in range(40)]
    one, other = create_engine(database_url), create_engine(database_url)
    async with working(one, {"greet": greet}), working(other, {"greet": greet}):
        for job_id in ids:
            await ended(records, job_id)
    await one.dispose()
    await other.dispose()

    assert sorted(told, key=int) == [str(number) for number in range(40)]


async def test_jobs_that_succeeded_long_ago_are_removed_at_night_and_dead_letters_stay(engine, records, enqueue, work):
    async def greet(order):
        if order.arguments["name"] == "nobody":
            raise NotFound

    old, dead, new = await enqueue(), await enqueue(name="nobody"), await enqueue()
    async with work(greet):
        for job_id in (old, dead, new):
            await ended(records, job_id)
        async with engine.begin() as connection:
            await connection.execute(
                text("UPDATE procrastinate_events SET at = at - interval '31 days' WHERE job_id = ANY(:ids)"),
                {"ids": [old, dead]},
            )
            await connection.execute(THE_NIGHT)
        async with asyncio.timeout(20):
            while [job.id for job in await jobs(records)] != [new, dead]:
                await asyncio.sleep(0.02)

    assert await attempts_of(records, old) == []
    assert len(await attempts_of(records, dead)) == 1


async def test_the_nightly_tidying_is_tried_again_like_any_job(engine):
    odd = {"args": '{"timestamp": 1, "odd": 1}', "name": "forget_finished_jobs"}  # it fails of what it does not expect
    enter = "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES (:name, :name, CAST(:args AS jsonb))"
    async with engine.begin() as connection:
        await connection.execute(text(enter), odd)

    rows = []
    async with working(engine, {}), asyncio.timeout(20):
        while [row.status for row in rows] != ["failed"]:
            await asyncio.sleep(0.05)
            async with engine.connect() as connection:
                found = "SELECT status, attempts FROM procrastinate_jobs WHERE task_name = :name"
                rows = (await connection.execute(text(found), {"name": odd["name"]})).all()

    assert rows[0].attempts == QUICK.attempts
