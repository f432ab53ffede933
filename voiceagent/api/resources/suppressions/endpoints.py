"""HTTP for do-not-call entries and lists."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import AfterValidator

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import DEFAULT_LIMIT, Cursor, Limit, Page, cut, decode_cursor, encode_cursor
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.suppressions.schemas import (
    DncList,
    LiftReason,
    ListCompletion,
    ListedNumbers,
    Suppression,
    SuppressionBody,
    SuppressionSearch,
)
from voiceagent.api.resources.suppressions.service import SuppressionService
from voiceagent.core.ids import CallId
from voiceagent.records.outbound_values import OWN_LIST
from voiceagent.records.repositories.calls import CallCursor


def _from_outside(name: str) -> str:
    if name == OWN_LIST:
        raise ValueError(f"{name} is the tenant's own list; enter numbers into it as suppressions")
    return name


# The names that rule packs use
_List = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$"), AfterValidator(_from_outside)]


def suppressions_router(*, service: SuppressionService, guard: Guard) -> APIRouter:
    """Routes below /v1/suppressions and /v1/dnc-lists."""
    router = APIRouter(prefix="/v1", tags=["outbound"])
    Reader = Annotated[Principal, Depends(guard.require("outbound:read"))]  # noqa: N806 - a type
    Writer = Annotated[Principal, Depends(guard.require("outbound:write"))]  # noqa: N806
    Adder = Annotated[Principal, Depends(guard.require("suppressions:add"))]  # noqa: N806
    Lifter = Annotated[Principal, Depends(guard.require("suppressions:lift"))]  # noqa: N806

    @router.post("/suppressions", status_code=201, responses=responses(400, 413))
    async def add_suppression(principal: Adder, body: SuppressionBody) -> Suppression:
        """Never call this number again, or not for this campaign. Counts from the answer to this request on."""
        return Suppression.model_validate(await service.add(principal, body))

    @router.get("/suppressions", responses=responses(400))
    async def list_suppressions(
        *, principal: Reader, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
    ) -> Page[Suppression]:
        """The tenant's own list, the newest entry first; those that were lifted too."""
        found = await service.list(principal, limit=limit + 1, after=decode_cursor(cursor))
        page, last = cut(found, limit)
        more = encode_cursor(CallCursor(started_at=last.requested_at, call_id=CallId(last.id))) if last else None
        return Page(items=[Suppression.model_validate(one) for one in page], next_cursor=more)

    @router.post("/suppressions/actions/find", responses=responses(400, 413))
    async def find_suppressions(principal: Reader, body: SuppressionSearch) -> list[Suppression]:
        """On which lists a number is."""
        return [Suppression.model_validate(one) for one in await service.find(principal, body.number)]

    @router.delete("/suppressions/{suppression_id}", status_code=204, responses=responses(400, 404, 409))
    async def lift_suppression(principal: Lifter, suppression_id: IdPath, reason: LiftReason) -> None:
        """The entry counts no more. It stays, with who lifted it and why: that somebody had asked is evidence."""
        await service.lift(principal, suppression_id, reason=reason)

    @router.get("/dnc-lists", responses=responses())
    async def list_dnc_lists(principal: Reader) -> list[DncList]:
        """The lists from outside, and when each was last complete."""
        return [DncList.model_validate(one) for one in await service.lists(principal)]

    @router.post("/dnc-lists/{name}/numbers", status_code=204, responses=responses(400, 413))
    async def load_numbers(principal: Writer, name: _List, body: ListedNumbers) -> None:
        """Add a part of a version. It counts once the version is complete; until then the one before it does."""
        await service.load(principal, name, body.version, body.numbers)

    @router.post("/dnc-lists/{name}/actions/complete", responses=responses(400, 409, 413))
    async def complete_list(principal: Writer, name: _List, body: ListCompletion) -> DncList:
        """All of a version is loaded: it counts from now on, and versions before it are deleted."""
        return DncList.model_validate(await service.complete(principal, name, body.version))

    return router
