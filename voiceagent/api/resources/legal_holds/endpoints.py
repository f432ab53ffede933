"""HTTP for legal holds."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import DEFAULT_LIMIT, Limit, Page, page_by_id
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.legal_holds.schemas import Hold, HoldSelector, NewHold
from voiceagent.api.resources.legal_holds.service import LegalHoldService
from voiceagent.api.resources.retention.endpoints import IdCursor
from voiceagent.api.resources.retention.schemas import class_of, name_of
from voiceagent.core.content_class import ContentClass
from voiceagent.records.retention_values import LegalHold, Selector


def legal_holds_router(*, service: LegalHoldService, guard: Guard) -> APIRouter:
    """Routes below /v1/legal-holds."""
    router = APIRouter(prefix="/v1/legal-holds", tags=["legal holds"])
    Reader = Annotated[Principal, Depends(guard.require("holds:read"))]  # noqa: N806 - a type
    Writer = Annotated[Principal, Depends(guard.require("holds:write"))]  # noqa: N806

    @router.get("", responses=responses(400))
    async def list_holds(
        *, principal: Reader, limit: Limit = DEFAULT_LIMIT, cursor: IdCursor = "", active: bool | None = None
    ) -> Page[Hold]:
        """Holds, newest first; `active=true` leaves out the released ones."""
        found = await service.list(principal, active=active, limit=limit + 1, before=cursor)
        return page_by_id(found, limit, hold_of)

    @router.post("", status_code=201, responses=responses(400, 413))
    async def place_hold(principal: Writer, new: NewHold) -> Hold:
        """From the answer on nothing under the hold is deleted."""
        hold = await service.place(
            principal,
            matter=new.matter,
            selector=Selector(**new.selector.model_dump()),
            classes=frozenset(class_of(one) for one in new.classes),
            reason=new.reason,
        )
        return hold_of(hold)

    @router.get("/{hold_id}", responses=responses(400, 404))
    async def get_hold(principal: Reader, hold_id: IdPath) -> Hold:
        """One hold."""
        return hold_of(await service.get(principal, hold_id))

    @router.post("/{hold_id}/actions/release", responses=responses(400, 404, 409))
    async def release_hold(principal: Writer, hold_id: IdPath) -> Hold:
        """Ask for the release. When somebody else has asked before, it is released."""
        return hold_of(await service.release(principal, hold_id))

    return router


def hold_of(hold: LegalHold) -> Hold:
    """The hold as clients see it."""
    asked = "release_asked" if hold.release_asked_by else "active"
    shown = {name: value for name, value in asdict(hold).items() if name not in ("selector", "classes")}
    return Hold(
        **shown,
        state="released" if hold.released_at else asked,
        selector=HoldSelector(**hold.selector.as_json()),
        classes=[name_of(one) for one in ContentClass if one in hold.classes],
    )
