import asyncio
import os
import signal
from itertools import count

import pytest

from voiceagent.apps.embedded.redis import EmbeddedRedis
from voiceagent.apps.presence import GatewayBeacon
from voiceagent.control.commands import CommandReader, Commands, HangUpCall
from voiceagent.control.connection import RedisConnection, ping_once
from voiceagent.control.directory import RoutingDirectory, RoutingSnapshot
from voiceagent.control.presence import GatewayPresence, Presence, WorkerPresence
from voiceagent.core.errors import NotFound, StoreUnavailable
from voiceagent.core.ids import CallId, TenantId

GATEWAY = GatewayPresence(gateway_id="sip-1", kind="sip", lines=4, version="0.1.0")
CALLS = {CallId("call_1"): TenantId("default"), CallId("call_2"): TenantId("acme")}


async def _die(redis: RedisConnection, gateway_id: str) -> None:
    """What the TTL does in the end."""
    await redis.client.delete(f"va:gateway:{gateway_id}")


async def test_who_announced_itself_is_there_until_it_withdraws(redis: RedisConnection) -> None:
    presence = Presence(redis)
    worker = WorkerPresence(worker_id="w1", url="ws://127.0.0.1:9", slots=8)

    await presence.announce_worker(worker)
    await presence.announce_gateway(GATEWAY, {})

    assert list(await presence.workers()) == [worker]
    assert list(await presence.gateways()) == [GATEWAY]
    await presence.withdraw_worker("w1")
    await presence.forget_gateway("sip-1")
    assert list(await presence.workers()) == list(await presence.gateways()) == []


async def test_a_gateway_tells_with_each_beat_how_many_texts_went_unaided(redis: RedisConnection) -> None:
    unaided = count(3)
    beacon = GatewayBeacon(redis, GATEWAY, dict, lambda: next(unaided))

    async def told() -> int:
        return next((gateway.unaided_texts for gateway in await Presence(redis).gateways()), 0)

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(beacon.run())
        while await told() != 3:
            await asyncio.sleep(0.01)
        beacon.changed()
        while await told() != 4:
            await asyncio.sleep(0.01)
        running.cancel()


async def test_presence_ends_by_itself(redis: RedisConnection) -> None:
    await Presence(redis).announce_gateway(GATEWAY, CALLS)

    for key in ("va:gateway:sip-1", "va:call:call_1:gateway"):
        assert 0 < await redis.client.pttl(key) <= 6000


async def test_the_calls_of_a_lost_gateway_are_known_to_the_reaper(redis: RedisConnection) -> None:
    presence = Presence(redis)
    await presence.announce_gateway(GATEWAY, CALLS)
    assert list(await presence.lost_gateways()) == []

    await _die(redis, "sip-1")

    (lost,) = await presence.lost_gateways()
    assert (lost.gateway_id, lost.calls) == ("sip-1", CALLS)
    await presence.forget_gateway("sip-1")
    assert list(await presence.lost_gateways()) == []


async def test_a_heartbeat_replaces_the_calls_of_the_one_before(redis: RedisConnection) -> None:
    presence = Presence(redis)
    await presence.announce_gateway(GATEWAY, CALLS)
    await presence.announce_gateway(GATEWAY, {CallId("call_2"): TenantId("acme")})

    await _die(redis, "sip-1")

    (lost,) = await presence.lost_gateways()
    assert list(lost.calls) == ["call_2"]


async def test_a_hang_up_reaches_the_gateway_that_runs_the_call_once(redis: RedisConnection) -> None:
    await Presence(redis).announce_gateway(GATEWAY, CALLS)
    command = HangUpCall(call_id=CallId("call_1"), by="key_1")

    await Commands(redis).hang_up(command)

    assert list(await CommandReader(redis, "sip-2").read()) == []
    assert list(await CommandReader(redis, "sip-1").read()) == [command]
    assert list(await CommandReader(redis, "sip-1").read()) == []


async def test_hanging_up_a_call_that_nobody_runs_is_refused(redis: RedisConnection) -> None:
    with pytest.raises(NotFound, match="call_9"):
        await Commands(redis).hang_up(HangUpCall(call_id=CallId("call_9"), by="key_1"))


async def test_a_snapshot_is_loaded_once_per_version(redis: RedisConnection) -> None:
    directory = RoutingDirectory(redis)
    snapshot = RoutingSnapshot(
        tenant_id="default",
        trunks=[{"name": "carrier", "allow": ["203.0.113.0/24"]}],
        numbers=[{"number": "+4930999000", "profile": "orders"}],
        profiles=[{"name": "orders", "greeting": "Grüß Gott"}],
    )
    assert await directory.load() is None

    version = await directory.publish(snapshot)

    loaded = await directory.load()
    assert loaded is not None
    assert (loaded.trunks, loaded.numbers, loaded.profiles) == (
        snapshot.trunks,
        snapshot.numbers,
        snapshot.profiles,
    )
    assert loaded.version == version
    assert await directory.load(version) is None
    assert await directory.publish(snapshot) == version + 1


async def test_every_part_says_store_unavailable_when_redis_is_gone(
    mortal_redis: EmbeddedRedis, mortal: RedisConnection
) -> None:
    pid = mortal_redis.pid
    assert pid is not None
    await mortal.ping()
    os.kill(pid, signal.SIGKILL)

    for attempt in (
        mortal.ping(),
        Presence(mortal).workers(),
        RoutingDirectory(mortal).load(),
        Commands(mortal).hang_up(HangUpCall(call_id=CallId("c"), by="k")),
        CommandReader(mortal, "g").read(),
    ):
        with pytest.raises(StoreUnavailable):
            await attempt


def test_ping_says_what_answers_and_whether_it_keeps_what_it_is_told(redis_server: EmbeddedRedis) -> None:
    assert ping_once(redis_server.url).startswith("Redis 6.2")
    assert ping_once(redis_server.url).endswith("append-only file on")
    with pytest.raises(StoreUnavailable):
        ping_once("redis://127.0.0.1:1")
