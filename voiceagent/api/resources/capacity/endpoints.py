"""HTTP for workers and capacity."""

from typing import Annotated

from fastapi import APIRouter, Depends

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import Page
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.capacity.schemas import Capacity, Worker
from voiceagent.api.resources.capacity.service import CapacityService


def capacity_router(*, service: CapacityService, guard: Guard) -> APIRouter:
    """/v1/workers and /v1/capacity."""
    router = APIRouter(prefix="/v1", tags=["capacity"])
    Reader = Annotated[Principal, Depends(guard.require("config:read"))]  # noqa: N806 - a type

    @router.get("/workers", responses=responses())
    async def list_workers(principal: Reader) -> Page[Worker]:
        """Workers that are alive, by id; all on one page."""
        del principal  # they belong to the installation, not to a tenant
        return Page(items=list(await service.workers()), next_cursor=None)

    @router.get("/capacity", responses=responses())
    async def get_capacity(principal: Reader) -> Capacity:
        """How many calls fit in, and how many there are."""
        del principal
        return await service.capacity()

    return router
