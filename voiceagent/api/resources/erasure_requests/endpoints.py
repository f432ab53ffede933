"""HTTP for requests for erasure."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import DEFAULT_LIMIT, Limit, Page, page_by_id
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.erasure_requests.schemas import (
    ErasurePreview,
    ErasureRequestDetail,
    ErasureRequestOut,
    FateCounts,
    NewErasureRequest,
    Person,
)
from voiceagent.api.resources.erasure_requests.service import ErasureRequestService
from voiceagent.api.resources.retention.endpoints import IdCursor
from voiceagent.api.resources.retention.schemas import name_of
from voiceagent.records.erasure_values import ErasureRequest, FateCount


def erasure_requests_router(*, service: ErasureRequestService, guard: Guard) -> APIRouter:
    """Routes below /v1/erasure-requests."""
    router = APIRouter(prefix="/v1/erasure-requests", tags=["erasure"])
    Reader = Annotated[Principal, Depends(guard.require("erasures:read"))]  # noqa: N806 - a type
    Asker = Annotated[Principal, Depends(guard.require("erasures:create"))]  # noqa: N806
    Writer = Annotated[Principal, Depends(guard.require("erasures:write"))]  # noqa: N806

    @router.get("", responses=responses(400))
    async def list_erasure_requests(
        *, principal: Reader, limit: Limit = DEFAULT_LIMIT, cursor: IdCursor = ""
    ) -> Page[ErasureRequestOut]:
        """Requests, newest first."""
        return page_by_id(await service.list(principal, limit=limit + 1, before=cursor), limit, request_of)

    @router.post("", status_code=201, responses=responses(400, 413))
    async def ask_for_erasure(principal: Asker, new: NewErasureRequest) -> ErasureRequestOut:
        """Enter a person's request. Nothing is erased until somebody else approves it."""
        request = await service.ask(
            principal,
            numbers=new.numbers,
            call_ids=new.call_ids,
            identity_check=new.identity_check,
            received_at=new.received_at,
        )
        return request_of(request)

    @router.post("/actions/preview", responses=responses(400, 413))
    async def preview_erasure(principal: Writer, person: Person) -> ErasurePreview:
        """What a request would erase now, and what would have to stay and why. Changes nothing."""
        calls, outcomes = await service.preview(principal, person.numbers, person.call_ids)
        return ErasurePreview(calls=calls, outcomes=_shown(outcomes))

    @router.get("/{request_id}", responses=responses(400, 404))
    async def get_erasure_request(principal: Reader, request_id: IdPath) -> ErasureRequestDetail:
        """One request, and what has become of what was found; while it waits for approval, what would go and stay."""
        request, outcomes = await service.get(principal, request_id)
        return ErasureRequestDetail(**request_of(request).model_dump(), outcomes=_shown(outcomes))

    @router.post("/{request_id}/actions/approve", responses=responses(400, 404, 409))
    async def approve_erasure(principal: Writer, request_id: IdPath) -> ErasureRequestOut:
        """Approve what somebody else has entered: it is carried out at once and cannot be undone."""
        return request_of(await service.approve(principal, request_id))

    @router.get("/{request_id}/receipt", response_class=Response, responses=responses(400, 404))
    async def get_erasure_receipt(principal: Reader, request_id: IdPath) -> Response:
        """The signed receipt as a file; `voiceagent erase verify` checks it without a network."""
        return Response(await service.receipt(principal, request_id), media_type="application/jose+json")

    return router


def request_of(request: ErasureRequest) -> ErasureRequestOut:
    """The request as clients see it: without what names the person."""
    hidden = ("sealed", "receipt", "step")
    shown = {name: value for name, value in asdict(request).items() if name not in hidden}
    return ErasureRequestOut(**shown, step=request.step.name.lower())


def _shown(outcomes: Sequence[FateCount]) -> list[FateCounts]:
    return [
        FateCounts(
            content_class=name_of(one.content_class),
            fate=one.fate.value,
            reason=one.reason,
            source=one.source,
            until=one.until,
            calls=one.items,
        )
        for one in outcomes
    ]
