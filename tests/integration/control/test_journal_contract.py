"""What a session may expect of any journal: the one on Redis and the one in memory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from voiceagent.control.connection import RedisConnection
from voiceagent.control.journal import JournalWriter, RedisJournal
from voiceagent.control.streams import EventReader, EventStream
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import CallId, TenantId
from voiceagent.session.ports import Journal
from voiceagent.telephony.events import Recorded
from voiceagent.testing.memory_journal import MemoryJournal
from voiceagent.testing.sample_call import sample_events

CALL, TENANT = CallId("call_1"), TenantId("default")
Made = tuple[Journal, Callable[[], Awaitable[list[Recorded]]]]


@pytest.fixture(params=["memory", "redis"])
async def made(request: pytest.FixtureRequest, redis: RedisConnection, tmp_path: Path) -> AsyncIterator[Made]:
    """A journal and a way to read what arrived."""
    clock = SystemClock()
    if request.param == "memory":
        memory = MemoryJournal(clock, CALL, TENANT)

        async def from_memory() -> list[Recorded]:
            return memory.log

        yield memory, from_memory
        return

    async def from_redis() -> list[Recorded]:
        return [delivered.recorded for delivered in await EventReader(redis, "test").read()]

    writer = JournalWriter(EventStream(redis), tmp_path, clock)
    async with asyncio.TaskGroup() as group:
        shipping = group.create_task(writer.run())
        yield RedisJournal(writer, CALL, TENANT, clock), from_redis
        shipping.cancel()


async def test_what_was_appended_and_flushed_is_there_in_order(made: Made) -> None:
    journal, read = made
    events = sample_events()

    for event in events:
        journal.append(event)

    assert await journal.flush(5.0)
    log = await read()
    assert [recorded.event for recorded in log] == list(events)
    assert [recorded.seq for recorded in log] == list(range(1, len(events) + 1))
    assert {(recorded.call_id, recorded.tenant_id) for recorded in log} == {(CALL, TENANT)}
    assert [recorded.at for recorded in log] == sorted(recorded.at for recorded in log)
    assert all(recorded.at.tzinfo is not None for recorded in log)


async def test_nothing_to_flush_is_flushed(made: Made) -> None:
    journal, read = made

    assert await journal.flush(0.0)
    assert await read() == []
