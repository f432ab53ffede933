"""Who is there and how much of it is in use, from the heartbeats of workers and gateways."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voiceagent.control.connection import RedisConnection
from voiceagent.control.leases import Leases
from voiceagent.control.presence import Presence, WorkerPresence


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Places of one process. `draining`: none of them is for new calls."""

    total: int
    used: int
    draining: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedWorker:
    presence: WorkerPresence
    leased: int


class CapacityService:
    """Reads Redis only. Every method raises StoreUnavailable."""

    def __init__(self, redis: RedisConnection) -> None:
        self._presence = Presence(redis)
        self._leases = Leases(redis)

    async def workers(self) -> Sequence[LeasedWorker]:
        """By id, with the slots that calls hold now."""
        return [
            LeasedWorker(presence=worker, leased=await self._leases.held(worker.worker_id))
            for worker in await self._presence.workers()
        ]

    async def lines(self, kind: str) -> Sequence[Use]:
        """Of each gateway of that kind: sip | webrtc."""
        gateways = [one for one in await self._presence.gateways() if one.kind == kind]
        free = await self._presence.free_lines(kind)
        return [
            Use(total=one.lines, used=one.lines - free.get(one.gateway_id, 0), draining=one.draining)
            for one in gateways
        ]


def room(uses: Iterable[Use]) -> tuple[int, int, int]:
    """Places in all, in use, and free for new calls."""
    known = list(uses)
    free = sum(max(0, one.total - one.used) for one in known if not one.draining)
    return sum(one.total for one in known), sum(one.used for one in known), free
