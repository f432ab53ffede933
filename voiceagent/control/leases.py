"""Slots of workers, taken atomically: a lease is time-limited ownership of a slot by one call.

The fence of a lease is larger than that of every lease before it, so a worker can refuse a holder that came back from
the dead. Times are Redis's own, so clocks of machines do not matter.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec

from voiceagent.control import keys
from voiceagent.control.connection import RedisConnection, redis_errors
from voiceagent.core.errors import NoCapacity, StoreUnavailable
from voiceagent.core.ids import CallId

# KEYS: workers, fence. ARGV: prefix of worker keys, suffix of lease keys, call, ttl in ms, excluded workers as JSON.
_ACQUIRE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local excluded = {}
for _, id in ipairs(cjson.decode(ARGV[5])) do excluded[id] = true end
local ids = redis.call('SMEMBERS', KEYS[1])
table.sort(ids)
local best, best_free, best_url = nil, 0, nil
for _, id in ipairs(ids) do
  local document = redis.call('GET', ARGV[1] .. id)
  if not document then
    redis.call('SREM', KEYS[1], id)
  elseif not excluded[id] then
    local worker = cjson.decode(document)
    local leases = ARGV[1] .. id .. ARGV[2]
    redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
    local free = worker.slots - redis.call('ZCARD', leases)
    if not worker.draining and free > best_free then best, best_free, best_url = id, free, worker.url end
  end
end
if not best then return nil end
local fence = redis.call('INCR', KEYS[2])
redis.call('ZADD', ARGV[1] .. best .. ARGV[2], now + ARGV[4], ARGV[3] .. '#' .. fence)
return {best, best_url, fence}
"""

# KEYS: leases of the worker. ARGV: member, ttl in ms. An ended lease that nobody has cleaned away is still ours.
_RENEW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLease:
    """A slot on `worker_id`, reached at `url`."""

    worker_id: str
    url: str
    call_id: CallId
    fence: int

    @property
    def member(self) -> str:
        return f"{self.call_id}#{self.fence}"


class Leases:
    """Takes, renews and gives back slots. Every method raises StoreUnavailable."""

    def __init__(self, connection: RedisConnection, ttl_ms: int = keys.LEASE_TTL_MS) -> None:
        self._redis = connection.client
        self._ttl_ms = ttl_ms
        self._acquire = self._redis.register_script(_ACQUIRE)
        self._renew = self._redis.register_script(_RENEW)

    async def acquire(self, call_id: CallId, *, exclude: Collection[str] = ()) -> WorkerLease:
        """A slot on the worker with most free ones, none of `exclude`. Raises NoCapacity."""
        before, after = keys.worker_leases("*").split("*")
        excluded = msgspec.json.encode(sorted(exclude))
        with redis_errors():
            found: Any = await self._acquire(
                keys=[keys.WORKERS, keys.FENCE], args=[before, after, call_id, self._ttl_ms, excluded]
            )
        if found is None:
            raise NoCapacity
        return WorkerLease(worker_id=found[0].decode(), url=found[1].decode(), call_id=call_id, fence=int(found[2]))

    async def renew(self, lease: WorkerLease) -> bool:
        """Hold it for another TTL; False when it is lost: the slot may be somebody else's."""
        with redis_errors():
            return bool(
                await self._renew(keys=[keys.worker_leases(lease.worker_id)], args=[lease.member, self._ttl_ms])
            )

    async def release(self, lease: WorkerLease) -> None:
        """Give the slot back; harmless when it is lost."""
        with redis_errors():
            await self._redis.zrem(keys.worker_leases(lease.worker_id), lease.member)

    async def keep(self, lease: WorkerLease) -> None:
        """Renew until cancelled; returns when the lease is lost. While Redis is away the worker's own slot decides."""
        while True:
            await asyncio.sleep(self._ttl_ms / 3000)
            try:
                if not await self.renew(lease):
                    return
            except StoreUnavailable:
                continue

    async def held(self, worker_id: str) -> int:
        """Leases on that worker, with those that ended and were not cleaned away."""
        with redis_errors():
            return int(await self._redis.zcard(keys.worker_leases(worker_id)))
