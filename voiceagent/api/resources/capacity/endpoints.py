"""HTTP for workers and capacity."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import Page
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.capacity.schemas import Capacity, Room, Worker
from voiceagent.api.resources.capacity.service import CapacityService, LeasedWorker, Use, room


def capacity_router(*, service: CapacityService, guard: Guard) -> APIRouter:
    """/v1/workers and /v1/capacity."""
    router = APIRouter(prefix="/v1", tags=["capacity"])
    Reader = Annotated[Principal, Depends(guard.require("config:read"))]  # noqa: N806 - a type

    @router.get("/workers", responses=responses())
    async def list_workers(principal: Reader) -> Page[Worker]:
        """Workers that are alive, by id; all on one page."""
        del principal  # they belong to the installation, not to a tenant
        return Page(items=[_worker(one) for one in await service.workers()], next_cursor=None)

    @router.get("/capacity", responses=responses())
    async def get_capacity(principal: Reader) -> Capacity:
        """How many calls fit in, and how many there are."""
        del principal
        workers = await service.workers()
        sip, webrtc = await service.lines("sip"), await service.lines("webrtc")
        slots = [Use(total=one.presence.slots, used=one.leased, draining=one.presence.draining) for one in workers]
        return Capacity(
            slots=_room(slots),
            sip_lines=_room(sip),
            webrtc_lines=_room(webrtc),
            workers=len(workers),
            gateways=len(sip) + len(webrtc),
        )

    return router


def _worker(one: LeasedWorker) -> Worker:
    seen = one.presence
    return Worker(
        id=seen.worker_id, slots=seen.slots, slots_used=one.leased, draining=seen.draining, version=seen.version
    )


def _room(uses: Sequence[Use]) -> Room:
    total, used, free = room(uses)
    return Room(total=total, used=used, free=free)
