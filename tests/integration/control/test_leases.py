import asyncio
import random

import pytest

from voiceagent.control.connection import RedisConnection
from voiceagent.control.leases import Leases, WorkerLease
from voiceagent.control.presence import Presence, WorkerPresence
from voiceagent.core.errors import NoCapacity
from voiceagent.core.ids import CallId


async def _announce(redis: RedisConnection, worker_id: str, slots: int, *, draining: bool = False) -> None:
    worker = WorkerPresence(worker_id=worker_id, url=f"ws://127.0.0.1/{worker_id}", slots=slots, draining=draining)
    await Presence(redis).announce_worker(worker)


async def test_many_calls_at_once_never_get_more_than_the_slots(redis: RedisConnection) -> None:
    await _announce(redis, "w1", 5)
    await _announce(redis, "w2", 3)
    leases = Leases(redis)
    held: dict[str, int] = {"w1": 0, "w2": 0}
    most: dict[str, int] = {"w1": 0, "w2": 0}
    fences: list[int] = []
    refused = 0

    async def call(number: int) -> None:
        nonlocal refused
        chance = random.Random(number)
        for turn in range(8):
            try:
                lease = await leases.acquire(CallId(f"call_{number}_{turn}"))
            except NoCapacity:
                refused += 1
                continue
            held[lease.worker_id] += 1
            fences.append(lease.fence)
            most[lease.worker_id] = max(most[lease.worker_id], held[lease.worker_id])
            await asyncio.sleep(chance.random() * 0.01)
            held[lease.worker_id] -= 1  # before the release: the slot may be taken as soon as Redis has it
            await leases.release(lease)

    async with asyncio.TaskGroup() as group:
        for number in range(40):
            group.create_task(call(number))

    assert most["w1"] <= 5
    assert most["w2"] <= 3
    assert refused > 0
    assert len(set(fences)) == len(fences)
    assert await leases.held("w1") == await leases.held("w2") == 0


async def test_fences_grow_with_every_lease(redis: RedisConnection) -> None:
    await _announce(redis, "w1", 1)
    leases = Leases(redis)
    fences = []

    for number in range(5):
        lease = await leases.acquire(CallId(f"call_{number}"))
        fences.append(lease.fence)
        await leases.release(lease)

    assert fences == sorted(set(fences))


async def test_the_worker_with_most_free_slots_is_taken(redis: RedisConnection) -> None:
    await _announce(redis, "w1", 2)
    await _announce(redis, "w2", 3)
    leases = Leases(redis)

    taken = [(await leases.acquire(CallId(f"call_{number}"))).worker_id for number in range(5)]

    assert sorted(taken) == ["w1", "w1", "w2", "w2", "w2"]
    assert taken[0] == "w2"


async def test_excluded_draining_and_absent_workers_get_no_calls(redis: RedisConnection) -> None:
    await _announce(redis, "lost", 5)
    await _announce(redis, "leaving", 5, draining=True)
    await redis.client.sadd("va:workers", "vanished")
    leases = Leases(redis)

    with pytest.raises(NoCapacity):
        await leases.acquire(CallId("call_1"), exclude=["lost"])

    assert (await leases.acquire(CallId("call_1"))).worker_id == "lost"
    assert (await leases.acquire(CallId("call_1"))).url == "ws://127.0.0.1/lost"


async def test_a_lease_that_is_not_renewed_ends_and_cannot_be_renewed_after_it_was_taken(
    redis: RedisConnection,
) -> None:
    await _announce(redis, "w1", 1)
    leases = Leases(redis, ttl_ms=60)
    old = await leases.acquire(CallId("call_old"))
    with pytest.raises(NoCapacity):
        await leases.acquire(CallId("call_new"))
    await asyncio.sleep(0.08)

    new = await leases.acquire(CallId("call_new"))

    assert new.fence > old.fence
    assert not await leases.renew(old)
    await leases.release(old)
    assert await leases.held("w1") == 1


async def test_a_kept_lease_lives_on_and_its_loss_is_noticed(redis: RedisConnection) -> None:
    await _announce(redis, "w1", 1)
    leases = Leases(redis, ttl_ms=150)
    lease: WorkerLease = await leases.acquire(CallId("call_1"))

    async with asyncio.TaskGroup() as group, asyncio.timeout(10):
        keeper = group.create_task(leases.keep(lease))
        await asyncio.sleep(0.4)
        with pytest.raises(NoCapacity):
            await leases.acquire(CallId("call_2"))
        await leases.release(lease)

    assert keeper.done()
