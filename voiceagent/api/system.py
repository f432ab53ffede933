"""Whether the system can take a call, and the numbers of the moment: `/readyz` and `/metrics` ask here."""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import timedelta

from voiceagent.api.metrics import Metrics
from voiceagent.control.connection import RedisConnection
from voiceagent.control.leases import Leases
from voiceagent.control.presence import Presence
from voiceagent.control.streams import EventReader
from voiceagent.core.clock import Clock
from voiceagent.core.errors import StoreUnavailable
from voiceagent.records.statistics import CallStatistics
from voiceagent.records.unit_of_work import Records

_CHECK_TIMEOUT_S = 2.0
_LOOK_BACK = timedelta(minutes=10)
_LONGEST_CALL = timedelta(days=1)


class SystemService:
    """Reads only; a part that is away makes a check fail, never the request."""

    def __init__(self, *, records: Records, redis: RedisConnection, metrics: Metrics, clock: Clock) -> None:
        self._records = records
        self._redis = redis
        self._presence = Presence(redis)
        self._leases = Leases(redis)
        self._events = EventReader(redis, consumer="metrics")  # only asked for its length
        self._statistics = CallStatistics(records.engine)
        self._metrics = metrics
        self._clock = clock

    async def readiness(self) -> Mapping[str, str]:
        """What each check says: "ok", or what is missing."""
        postgres, redis = await asyncio.gather(_check(self._records.ping()), _check(self._redis.ping()))
        return {"postgres": postgres, "redis": redis, "worker": await _check(self._a_worker_is_there())}

    async def exposition(self, *, watchers: int) -> bytes:
        """The metrics, as fresh as the parts that answer."""
        self._metrics.set_gauges({"live_watchers": watchers})
        await asyncio.gather(self._read_postgres(), self._read_redis())
        return self._metrics.render()

    async def _a_worker_is_there(self) -> None:
        if not [worker for worker in await self._presence.workers() if not worker.draining]:
            raise StoreUnavailable("no worker is present; start one with `voiceagent worker`")

    async def _read_postgres(self) -> None:
        now = self._clock.now()
        try:
            async with asyncio.timeout(_CHECK_TIMEOUT_S):
                self._metrics.count_calls(await self._statistics.ended(now - _LOOK_BACK))
                running = await self._statistics.running(now - _LONGEST_CALL)
                open_jobs, dead_letters = await self._statistics.jobs()
        except (StoreUnavailable, TimeoutError):
            self._metrics.set_gauges({"postgres_up": 0})
            return
        self._metrics.set_gauges({"postgres_up": 1, "calls_running": running})
        self._metrics.set_queues({"jobs": open_jobs, "dead_letters": dead_letters})

    async def _read_redis(self) -> None:
        try:
            async with asyncio.timeout(_CHECK_TIMEOUT_S):
                workers = await self._presence.workers()
                gateways = await self._presence.gateways()
                leased = [await self._leases.held(worker.worker_id) for worker in workers]
                waiting = await self._events.waiting()
        except (StoreUnavailable, TimeoutError):
            self._metrics.set_gauges({"redis_up": 0})
            return
        self._metrics.set_gauges(
            {
                "redis_up": 1,
                "workers": len(workers),
                "worker_slots": sum(worker.slots for worker in workers),
                "worker_slots_leased": sum(leased),
                "lines": sum(gateway.lines for gateway in gateways),
                "redaction_unaided_texts": sum(gateway.unaided_texts for gateway in gateways),
            }
        )
        self._metrics.set_queues({"records": waiting})


async def _check(check: Awaitable[None]) -> str:
    try:
        async with asyncio.timeout(_CHECK_TIMEOUT_S):
            await check
    except TimeoutError:
        return f"no answer within {_CHECK_TIMEOUT_S:.0f} s"
    except StoreUnavailable as error:
        return str(error)
    return "ok"
