import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from voiceagent.apps.embedded.redis import EmbeddedRedis
from voiceagent.control import keys
from voiceagent.control.connection import RedisConnection
from voiceagent.control.journal import JournalWriter, RedisJournal
from voiceagent.control.streams import EventReader, EventStream, LiveEvents
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import CallId, TenantId
from voiceagent.telephony.events import CallEvent, DtmfReceived, Recorded

TENANT = TenantId("default")
CALL, OTHER = CallId("call_1"), CallId("call_2")


@asynccontextmanager
async def _running(connection: RedisConnection, folder: Path) -> AsyncIterator[JournalWriter]:
    writer = JournalWriter(EventStream(connection), folder, SystemClock())
    async with asyncio.TaskGroup() as group:
        task = group.create_task(writer.run())
        try:
            yield writer
        finally:
            task.cancel()


def _journal(writer: JournalWriter, call_id: CallId = CALL) -> RedisJournal:
    return RedisJournal(writer, call_id, TENANT, SystemClock())


def _event(number: int) -> CallEvent:
    return DtmfReceived(digit="5", at_ms=number)


async def _read_all(connection: RedisConnection, consumer: str = "test") -> list[Recorded]:
    reader = EventReader(connection, consumer)
    found: list[Recorded] = []
    while batch := await reader.read():
        found += [delivered.recorded for delivered in batch]
        await reader.acknowledge([delivered.id for delivered in batch])
    return found


async def test_events_arrive_in_order_and_numbered_from_one(redis: RedisConnection, tmp_path: Path) -> None:
    async with _running(redis, tmp_path) as writer:
        journal = _journal(writer)
        for number in range(1, 601):
            journal.append(_event(number))

        assert await journal.flush(10.0)

    found = await _read_all(redis)
    assert [entry.seq for entry in found] == list(range(1, 601))
    assert [entry.event for entry in found] == [_event(number) for number in range(1, 601)]
    assert list(tmp_path.iterdir()) == []


async def test_calls_are_numbered_apart(redis: RedisConnection, tmp_path: Path) -> None:
    async with _running(redis, tmp_path) as writer:
        one, other = _journal(writer, CallId("call_a")), _journal(writer, CallId("call_b"))
        for journal in (one, other, one):
            journal.append(_event(0))
        assert await one.flush(5.0)

    found = await _read_all(redis)
    assert [(entry.call_id, entry.seq) for entry in found] == [("call_a", 1), ("call_b", 1), ("call_a", 2)]


async def test_flush_gives_up_when_nobody_ships(redis: RedisConnection, tmp_path: Path) -> None:
    journal = _journal(JournalWriter(EventStream(redis), tmp_path, SystemClock()))
    journal.append(_event(1))

    assert not await journal.flush(0.05)


async def test_without_redis_events_are_acknowledged_from_the_spool_and_drain_in_order(
    mortal_redis: EmbeddedRedis, mortal: RedisConnection, tmp_path: Path
) -> None:
    folder = tmp_path / "spool"
    async with _running(mortal, folder) as writer:
        journal = _journal(writer)
        journal.append(_event(1))
        assert await journal.flush(5.0)
        mortal_redis.stop()

        for number in range(2, 700):
            journal.append(_event(number))
        assert await journal.flush(10.0)
        assert writer.is_spooling
        mortal_redis.start()
        async with asyncio.timeout(20):
            while writer.is_spooling:
                journal.append(_event(0))  # the talk goes on meanwhile
                await asyncio.sleep(0.01)
        last = _journal(writer, CallId("call_last"))
        last.append(_event(0))
        assert await last.flush(5.0)
        assert await journal.flush(5.0)

    found = await _read_all(mortal)
    seqs = [entry.seq for entry in found if entry.call_id == CALL]
    assert list(dict.fromkeys(seqs)) == list(range(1, max(seqs) + 1))
    assert found[-1].call_id == "call_last"
    assert list(folder.iterdir()) == []


async def test_a_redis_that_does_not_answer_is_treated_like_one_that_is_gone(
    mortal_redis: EmbeddedRedis, mortal: RedisConnection, tmp_path: Path
) -> None:
    pid = mortal_redis.pid
    assert pid is not None
    async with _running(mortal, tmp_path / "spool") as writer:
        journal = _journal(writer)
        os.kill(pid, signal.SIGSTOP)
        try:
            journal.append(_event(1))

            assert await journal.flush(10.0)
            assert writer.is_spooling
        finally:
            os.kill(pid, signal.SIGCONT)


async def test_killing_redis_between_appends_loses_and_doubles_nothing(
    mortal_redis: EmbeddedRedis, mortal: RedisConnection, tmp_path: Path
) -> None:
    async with _running(mortal, tmp_path / "spool") as writer:
        journal = _journal(writer)
        for number in range(1, 301):
            journal.append(_event(number))
            if number % 10 == 0:
                assert await journal.flush(10.0)
            if number in (50, 120, 121, 250):
                pid = mortal_redis.pid
                assert pid is not None
                os.kill(pid, signal.SIGKILL)
            if number in (80, 200, 280):
                await asyncio.to_thread(mortal_redis.start)
        async with asyncio.timeout(20):
            while writer.is_spooling:
                await asyncio.sleep(0.02)

    places = {(entry.call_id, entry.seq): entry.event for entry in await _read_all(mortal)}
    assert places == {(CALL, number): _event(number) for number in range(1, 301)}


async def test_stopping_the_process_leaves_what_was_queued_to_the_next_one(
    mortal_redis: EmbeddedRedis, mortal: RedisConnection, tmp_path: Path
) -> None:
    mortal_redis.stop()
    with suppress(asyncio.CancelledError):
        async with _running(mortal, tmp_path) as writer:
            journal = _journal(writer)
            for number in range(1, 31):
                journal.append(_event(number))
            await asyncio.sleep(0)
    mortal_redis.start()

    async with _running(mortal, tmp_path) as writer, asyncio.timeout(10):
        while any(tmp_path.glob("*.jsonl")):
            await asyncio.sleep(0.02)

    assert [entry.seq for entry in await _read_all(mortal)] == list(range(1, 31))


_KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from voiceagent.control.connection import RedisConnection
from voiceagent.control.journal import JournalWriter, RedisJournal
from voiceagent.control.streams import EventStream
from voiceagent.core.clock import SystemClock
from voiceagent.telephony.events import DtmfReceived

async def main():
    writer = JournalWriter(EventStream(RedisConnection("unix:///nowhere/redis.sock")), Path(sys.argv[1]), SystemClock())
    async with asyncio.TaskGroup() as group:
        group.create_task(writer.run())
        journal = RedisJournal(writer, "call_killed", "default", SystemClock())
        for number in range(1, 41):
            journal.append(DtmfReceived(digit="5", at_ms=number))
        assert await journal.flush(10.0)
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_the_spool_of_a_killed_process_is_drained_by_the_next(redis: RedisConnection, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], check=False, timeout=30)
    (spool,) = tmp_path.glob("*.jsonl")
    with spool.open("ab") as torn:
        torn.write(b'{"call_id": "call_killed", "se')  # a line whose write the kill interrupted

    async with _running(redis, tmp_path), asyncio.timeout(10):
        while any(tmp_path.glob("*.jsonl")):
            await asyncio.sleep(0.02)

    found = await _read_all(redis)
    assert [(entry.call_id, entry.seq) for entry in found] == [("call_killed", number) for number in range(1, 41)]


async def test_a_spool_in_use_is_left_to_its_process(
    redis: RedisConnection, mortal_redis: EmbeddedRedis, mortal: RedisConnection, tmp_path: Path
) -> None:
    mortal_redis.stop()
    async with _running(mortal, tmp_path) as spooling:
        journal = _journal(spooling)
        journal.append(_event(1))
        assert await journal.flush(10.0)

        async with _running(redis, tmp_path):
            await asyncio.sleep(0.2)

        assert len(list(tmp_path.glob("*.jsonl"))) == 1
        assert await _read_all(redis) == []


async def test_a_viewer_sees_the_past_and_the_present_without_a_gap(redis: RedisConnection, tmp_path: Path) -> None:
    live = LiveEvents(redis)
    async with _running(redis, tmp_path) as writer:
        journal = _journal(writer)
        for number in range(1, 6):
            journal.append(_event(number))
        assert await journal.flush(5.0)

        past = await live.read(CALL, 2)
        async with asyncio.TaskGroup() as group:
            present = group.create_task(live.read(CALL, 5))
            await asyncio.sleep(0.05)
            journal.append(_event(6))

    assert [entry.seq for entry in past] == [3, 4, 5]
    assert [entry.seq for entry in present.result()] == [6]


async def test_a_journal_that_is_not_live_reaches_the_records_and_keeps_no_stream(
    redis: RedisConnection, tmp_path: Path
) -> None:
    async with _running(redis, tmp_path) as writer:
        quiet, followed = RedisJournal(writer, CALL, TENANT, SystemClock(), live=False), _journal(writer, OTHER)
        quiet.append(_event(1))
        followed.append(_event(2))
        assert await followed.flush(5.0)

        assert [entry.event for entry in await LiveEvents(redis).read(OTHER, 0, wait_ms=500)] == [_event(2)]

    assert not await redis.client.exists(keys.live(CALL))
    assert [entry.event for entry in await _read_all(redis)] == [_event(1), _event(2)]


async def test_a_journal_that_is_not_live_keeps_no_stream_when_it_comes_through_the_spool_either(
    mortal_redis: EmbeddedRedis, mortal: RedisConnection, tmp_path: Path
) -> None:
    mortal_redis.stop()
    async with _running(mortal, tmp_path) as writer:
        quiet, followed = RedisJournal(writer, CALL, TENANT, SystemClock(), live=False), _journal(writer, OTHER)
        quiet.append(_event(1))
        followed.append(_event(2))
        assert await followed.flush(10.0)
        assert writer.is_spooling
        mortal_redis.start()
        async with asyncio.timeout(20):
            while writer.is_spooling:
                await asyncio.sleep(0.02)

    assert await mortal.client.exists(keys.live(OTHER))
    assert not await mortal.client.exists(keys.live(CALL))
    assert [entry.event for entry in await _read_all(mortal)] == [_event(1), _event(2)]


async def test_a_viewer_of_a_silent_call_gets_nothing_and_is_free_again(redis: RedisConnection) -> None:
    assert await LiveEvents(redis).read(CALL, 0, wait_ms=50) == []


async def test_what_a_reader_did_not_acknowledge_comes_again(redis: RedisConnection, tmp_path: Path) -> None:
    async with _running(redis, tmp_path) as writer:
        journal = _journal(writer)
        for number in range(1, 4):
            journal.append(_event(number))
        assert await journal.flush(5.0)
    first = await EventReader(redis, "one").read()

    again = await EventReader(redis, "one").read()

    assert again == first
    assert len(first) == 3


async def test_an_event_set_aside_is_kept_and_does_not_come_again(redis: RedisConnection, tmp_path: Path) -> None:
    async with _running(redis, tmp_path) as writer:
        journal = _journal(writer)
        journal.append(_event(1))
        assert await journal.flush(5.0)
    reader = EventReader(redis, "one")
    (delivered,) = await reader.read()

    await reader.set_aside(delivered.id, "DataError")

    assert await reader.waiting() == 0
    assert await redis.client.xlen("va:events:set-aside") == 1
    assert await EventReader(redis, "one").read() == []


@pytest.mark.parametrize("entry", [{"event": "no json"}, {"other": "field"}])
async def test_an_entry_that_is_no_event_does_not_stop_the_others(
    redis: RedisConnection, tmp_path: Path, entry: dict[str, str]
) -> None:
    await redis.client.xadd("va:events", entry)
    async with _running(redis, tmp_path) as writer:
        journal = _journal(writer)
        journal.append(_event(1))
        assert await journal.flush(5.0)

    found = await _read_all(redis)

    assert [item.seq for item in found] == [1]
    assert await redis.client.xlen("va:events:set-aside") == 1
