"""Who is there and how much of it is in use, from the heartbeats of workers and gateways."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voiceagent.api.resources.capacity.schemas import Capacity, Room, Worker
from voiceagent.control.connection import RedisConnection
from voiceagent.control.leases import Leases
from voiceagent.control.presence import Presence


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Places of one process. `draining`: none of them is for new calls."""

    total: int
    used: int
    draining: bool


class CapacityService:
    """Reads Redis only. Every method raises StoreUnavailable."""

    def __init__(self, redis: RedisConnection) -> None:
        self._presence = Presence(redis)
        self._leases = Leases(redis)

    async def workers(self) -> Sequence[Worker]:
        """Those that are alive by id, with the slots that calls hold now."""
        return [
            Worker(
                id=one.worker_id,
                slots=one.slots,
                slots_used=await self._leases.held(one.worker_id),
                draining=one.draining,
                version=one.version,
            )
            for one in await self._presence.workers()
        ]

    async def capacity(self) -> Capacity:
        """Of everything that is alive."""
        workers, gateways = await self.workers(), await self._presence.gateways()
        lines: dict[str, list[Use]] = defaultdict(list)
        for one in gateways:
            calls = await self._presence.calls_on(one.gateway_id)
            lines[one.kind].append(Use(total=one.lines, used=calls, draining=one.draining))
        return Capacity(
            slots=room(Use(total=one.slots, used=one.slots_used, draining=one.draining) for one in workers),
            sip_lines=room(lines["sip"]),
            webrtc_lines=room(lines["webrtc"]),
            workers=len(workers),
            gateways=len(gateways),
        )


def room(uses: Iterable[Use]) -> Room:
    """Places in all, in use, and free for new calls."""
    known = list(uses)
    free = sum(max(0, one.total - one.used) for one in known if not one.draining)
    return Room(total=sum(one.total for one in known), used=sum(one.used for one in known), free=free)
