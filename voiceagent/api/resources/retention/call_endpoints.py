"""HTTP for what becomes of one call, and for its tags."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from voiceagent.api.auth import Guard
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.retention.schemas import CallRetention, Tag
from voiceagent.api.resources.retention.service import RetentionService
from voiceagent.core.ids import CallId

_Tag = Annotated[Tag, Path()]


def call_retention_router(*, service: RetentionService, guard: Guard) -> APIRouter:
    """Routes below /v1/calls/{call_id} that are about retention."""
    router = APIRouter(prefix="/v1", tags=["retention"])
    Reader = Annotated[Principal, Depends(guard.require("retention:read"))]  # noqa: N806 - a type
    Writer = Annotated[Principal, Depends(guard.require("retention:write"))]  # noqa: N806

    @router.get("/calls/{call_id}/retention", responses=responses(400, 404))
    async def get_call_retention(principal: Reader, call_id: IdPath) -> CallRetention:
        """What of the call will be deleted when, why, and which holds are on it."""
        return await service.of_call(principal, CallId(call_id))

    @router.put("/calls/{call_id}/tags/{tag}", responses=responses(400, 404))
    async def put_tag(principal: Writer, call_id: IdPath, tag: _Tag) -> CallRetention:
        """Put a tag on the call, for policies and holds to select by."""
        return await service.tag(principal, CallId(call_id), tag, wanted=True)

    @router.delete("/calls/{call_id}/tags/{tag}", responses=responses(400, 404, 409))
    async def remove_tag(principal: Writer, call_id: IdPath, tag: _Tag) -> CallRetention:
        """Take a tag off the call; refused while a legal hold goes by it."""
        return await service.tag(principal, CallId(call_id), tag, wanted=False)

    return router
