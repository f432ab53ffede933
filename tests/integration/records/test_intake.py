import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.control.connection import RedisConnection
from voiceagent.control.journal import JournalWriter, RedisJournal
from voiceagent.control.streams import EventReader, EventStream
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import CallId, TenantId, new_id
from voiceagent.core.termination import Reason, Result
from voiceagent.records import migrate
from voiceagent.records.engine import create_engine
from voiceagent.records.intake import RecordsIntake
from voiceagent.records.unit_of_work import Records
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.events import CallEnded, DtmfReceived
from voiceagent.testing.sample_call import sample_events

TENANT = TenantId("default")


@pytest.fixture
def mortal_postgres(state: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(state)
    server.start()
    migrate.upgrade(server.url)
    yield server
    server.stop()


@asynccontextmanager
async def _pipeline(redis: RedisConnection, engine: AsyncEngine, folder: Path) -> AsyncIterator[RedisJournal]:
    """Journal -> Redis -> intake -> Postgres, with the journal of one call."""
    clock = SystemClock()
    writer = JournalWriter(EventStream(redis), folder, clock)
    intake = RecordsIntake(EventReader(redis, "writer"), RecordsWriter(engine))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(writer.run()), group.create_task(intake.run())]
        try:
            yield RedisJournal(writer, CallId(new_id("call")), TENANT, clock)
        finally:
            for task in tasks:
                task.cancel()


async def _wait_until_stored(redis: RedisConnection) -> None:
    reader = EventReader(redis, "onlooker")
    async with asyncio.timeout(30):
        while await reader.waiting():
            await asyncio.sleep(0.02)


async def test_a_call_goes_from_the_journal_to_the_records(
    redis: RedisConnection, engine: AsyncEngine, records: Records, tmp_path: Path
) -> None:
    async with _pipeline(redis, engine, tmp_path) as journal:
        for event in sample_events():
            journal.append(event)
        assert await journal.flush(5.0)
        await _wait_until_stored(redis)

    async with records.unit_of_work(TENANT) as work:
        (call,) = await work.calls.list(limit=10)
        counts = await work.contents.counts(call.call_id)
    assert call.reason == "caller_hung_up"
    assert (counts.call_events, counts.transcript_segments, counts.tool_calls) == (20, 3, 1)


async def test_killing_postgres_while_events_come_loses_and_doubles_nothing(
    redis: RedisConnection, mortal_postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    engine = create_engine(mortal_postgres.url)
    async with _pipeline(redis, engine, tmp_path) as journal:
        for number in range(1, 401):
            journal.append(DtmfReceived(digit="1", at_ms=number))
            await asyncio.sleep(0.002)
            if number in (100, 250):
                pid = mortal_postgres.pid
                assert pid is not None
                os.kill(pid, signal.SIGKILL)
            if number in (200, 350):
                await asyncio.to_thread(mortal_postgres.start)
        assert await journal.flush(10.0)
        await _wait_until_stored(redis)

    async with Records(engine).unit_of_work(TENANT) as work:
        (call,) = await work.calls.list(limit=10)
        events = await work.contents.events(call.call_id)
    await engine.dispose()
    assert [(event.seq, event.data["at_ms"]) for event in events] == [(n, n) for n in range(1, 401)]
    assert call.last_seq == 400


async def test_events_wait_in_redis_while_postgres_is_away(
    redis: RedisConnection, mortal_postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    engine = create_engine(mortal_postgres.url)
    mortal_postgres.stop()
    async with _pipeline(redis, engine, tmp_path) as journal:
        for event in sample_events():
            journal.append(event)

        assert await journal.flush(5.0)
        await asyncio.sleep(0.3)

        assert await EventReader(redis, "onlooker").waiting() == 20
        assert list(tmp_path.glob("*.jsonl")) == []
    await engine.dispose()


async def test_an_event_that_postgres_refuses_is_set_aside_and_the_others_are_stored(
    redis: RedisConnection, engine: AsyncEngine, records: Records, tmp_path: Path
) -> None:
    impossible = CallEnded(result=Result.SUCCESS, reason=Reason.CALLER_HUNG_UP, duration_ms=2**40)
    async with _pipeline(redis, engine, tmp_path) as journal:
        for event in [*sample_events()[:9], impossible, *sample_events()[9:12]]:
            journal.append(event)
        assert await journal.flush(5.0)
        await _wait_until_stored(redis)

    async with records.unit_of_work(TENANT) as work:
        (call,) = await work.calls.list(limit=10)
        events = await work.contents.events(call.call_id)
    assert [event.seq for event in events] == [*range(1, 10), *range(11, 14)]
    assert await redis.client.xlen("va:events:set-aside") == 1


async def test_without_tables_events_wait_instead_of_being_set_aside(
    redis: RedisConnection, postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    engine = create_engine(postgres_server.url)  # the maintenance database: never migrated
    async with _pipeline(redis, engine, tmp_path) as journal:
        journal.append(sample_events()[0])
        assert await journal.flush(5.0)
        await asyncio.sleep(0.3)

        assert await EventReader(redis, "onlooker").waiting() == 1
    await engine.dispose()
    assert await redis.client.xlen("va:events:set-aside") == 0
