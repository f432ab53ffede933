"""Who is there: workers and gateways say so with heartbeats, and gateways say which calls they run.

A heartbeat carries everything, so a Redis that lost its memory is right again after one of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from voiceagent.control import keys
from voiceagent.control.connection import RedisConnection, redis_errors
from voiceagent.core.errors import NotFound
from voiceagent.core.ids import CallId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPresence:
    """A worker: where to connect to and how many calls it can hold. `draining`: no new ones."""

    worker_id: str
    url: str
    slots: int
    draining: bool = False
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayPresence:
    """A gateway process. `kind`: sip | webrtc; `lines` is how many calls it can carry.

    `unaided_texts`: how many it masked by our own rules alone, though the settings want another look at them.
    """

    gateway_id: str
    kind: str
    lines: int
    draining: bool = False
    version: str = ""
    unaided_texts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LostGateway:
    """It said nothing for the TTL; `calls` (call -> tenant) are those it ran when it last did."""

    gateway_id: str
    calls: Mapping[CallId, TenantId]


P = TypeVar("P", WorkerPresence, GatewayPresence)


class Presence:
    """Announce at least three times per `keys.PRESENCE_TTL_MS`. Every method raises StoreUnavailable."""

    def __init__(self, connection: RedisConnection) -> None:
        self._connection = connection
        self._redis = connection.client

    async def announce_worker(self, worker: WorkerPresence) -> None:
        await self._announce(keys.WORKERS, worker.worker_id, keys.worker(worker.worker_id), worker)

    async def workers(self) -> Sequence[WorkerPresence]:
        """Workers that are alive, by id."""
        return await self._present(keys.WORKERS, keys.worker, WorkerPresence)

    async def withdraw_worker(self, worker_id: str) -> None:
        """It leaves in good order."""
        with redis_errors():
            async with self._connection.pipeline() as pipe:
                pipe.srem(keys.WORKERS, worker_id)
                pipe.delete(keys.worker(worker_id), keys.worker_leases(worker_id))
                await pipe.execute()

    async def announce_gateway(self, gateway: GatewayPresence, calls: Mapping[CallId, TenantId]) -> None:
        """`calls` are all that it runs now. Say it also right after a call began, so that no call goes unseen."""
        calls_key = keys.gateway_calls(gateway.gateway_id)
        with redis_errors():
            async with self._connection.pipeline() as pipe:
                pipe.sadd(keys.GATEWAYS, gateway.gateway_id)
                pipe.set(keys.gateway(gateway.gateway_id), msgspec.json.encode(gateway), px=keys.PRESENCE_TTL_MS)
                pipe.delete(calls_key)
                if calls:
                    pipe.hset(calls_key, mapping={str(call): str(tenant) for call, tenant in calls.items()})
                for call_id in calls:
                    pipe.set(keys.call_owner(call_id), gateway.gateway_id, px=keys.PRESENCE_TTL_MS)
                await pipe.execute()

    async def gateways(self) -> Sequence[GatewayPresence]:
        """Gateways that are alive, by id."""
        return await self._present(keys.GATEWAYS, keys.gateway, GatewayPresence)

    async def calls_on(self, gateway_id: str) -> int:
        """How many calls it ran when it last said so."""
        with redis_errors():
            return await _length(self._redis, keys.gateway_calls(gateway_id))

    async def free_lines(self, kind: str) -> Mapping[str, int]:
        """Lines without a call of each gateway of that kind that is alive."""
        gateways = [one for one in await self.gateways() if one.kind == kind]
        return {one.gateway_id: max(0, one.lines - await self.calls_on(one.gateway_id)) for one in gateways}

    async def gateway_of(self, call_id: CallId) -> str:
        """The id of the gateway that runs the call. Raises NotFound."""
        with redis_errors():
            gateway_id: Any = await self._redis.get(keys.call_owner(call_id))
        if gateway_id is None:
            raise NotFound(f"call {call_id} is not running")
        return str(gateway_id, "ascii")

    async def lost_gateways(self) -> Sequence[LostGateway]:
        """Gateways without a heartbeat. Give them a grace: after a restart of Redis everybody looks lost at first."""
        with redis_errors():
            gateway_ids = sorted(member.decode() for member in await _members(self._redis, keys.GATEWAYS))
            lost = []
            for gateway_id in gateway_ids:
                if not await self._redis.exists(keys.gateway(gateway_id)):
                    calls: Any = await self._redis.hgetall(keys.gateway_calls(gateway_id))
                    lost.append(
                        LostGateway(
                            gateway_id=gateway_id,
                            calls={CallId(c.decode()): TenantId(t.decode()) for c, t in calls.items()},
                        )
                    )
        return lost

    async def forget_gateway(self, gateway_id: str) -> None:
        """Its calls are closed, or it left in good order."""
        with redis_errors():
            async with self._connection.pipeline() as pipe:
                pipe.srem(keys.GATEWAYS, gateway_id)
                pipe.delete(keys.gateway(gateway_id), keys.gateway_calls(gateway_id), keys.gateway_commands(gateway_id))
                await pipe.execute()

    async def _announce(self, index: str, member: str, key: str, presence: WorkerPresence) -> None:
        with redis_errors():
            async with self._connection.pipeline() as pipe:
                pipe.sadd(index, member)
                pipe.set(key, msgspec.json.encode(presence), px=keys.PRESENCE_TTL_MS)
                await pipe.execute()

    async def _present(self, index: str, key_of: Any, kind: type[P]) -> Sequence[P]:
        with redis_errors():
            members = sorted(member.decode() for member in await _members(self._redis, index))
            documents = await self._redis.mget([key_of(member) for member in members]) if members else []
        return [msgspec.json.decode(document, type=kind) for document in documents if document is not None]


async def _length(redis: Any, key: str) -> int:
    length: int = await redis.hlen(key)
    return length


async def _members(redis: Any, index: str) -> set[bytes]:
    members: set[bytes] = await redis.smembers(index)
    return members


class Grace:
    """Says who has been missing for long enough. Pure: `now_s` comes from the caller's monotonic clock."""

    def __init__(self, grace_s: float) -> None:
        self._grace_s = grace_s
        self._missing_since: dict[str, float] = {}

    def overdue(self, missing: Sequence[str], now_s: float) -> Sequence[str]:
        """Those of `missing` that were so in every look for at least the grace."""
        self._missing_since = {name: self._missing_since.get(name, now_s) for name in missing}
        return [name for name, since in self._missing_since.items() if now_s - since >= self._grace_s]
