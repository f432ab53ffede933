"""HTTP for calls."""

from datetime import datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Query

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import DEFAULT_LIMIT, Cursor, Limit, Page, cut, decode_cursor, encode_cursor
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.calls.present import (
    STATES,
    call_of,
    detail_of,
)
from voiceagent.api.resources.calls.schemas import (
    ActionAccepted,
    Call,
    CallDetail,
    CallState,
)
from voiceagent.api.resources.calls.service import CallService
from voiceagent.api.resources.retention.service import RetentionService
from voiceagent.core.errors import BadInput
from voiceagent.core.ids import CallId
from voiceagent.records.repositories.calls import CallCursor, CallFilter

log = structlog.get_logger(__name__)

SSE = "text/event-stream"
_ENDED_STATES = (CallState.COMPLETED, CallState.FAILED, CallState.REJECTED)


def calls_router(*, service: CallService, retention: RetentionService, guard: Guard) -> APIRouter:
    """/v1/calls, one call and what is done to it."""
    router = APIRouter(prefix="/v1/calls", tags=["calls"])
    Reader = Annotated[Principal, Depends(guard.require("calls:read"))]  # noqa: N806 - a type
    Writer = Annotated[Principal, Depends(guard.require("calls:write"))]  # noqa: N806

    @router.get("", responses=responses(400))
    async def list_calls(
        *,
        principal: Reader,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = "",
        status: CallState | None = None,
        direction: Annotated[str, Query(max_length=16)] = "",
        from_: Annotated[str, Query(alias="from", max_length=64)] = "",
        started_after: datetime | None = None,
        started_before: datetime | None = None,
    ) -> Page[Call]:
        """Calls of the tenant, newest first."""
        statuses, results = STATES[status] if status else ((), ())
        where = CallFilter(
            statuses=statuses,
            results=results,
            direction=direction,
            caller=from_,
            started_after=_aware(started_after),
            started_before=_aware(started_before),
        )
        found = await service.list(principal, limit=limit + 1, after=decode_cursor(cursor), where=where)
        page, last = cut(found, limit)
        more = encode_cursor(CallCursor(started_at=last.started_at, call_id=last.call_id)) if last else None
        return Page(items=[call_of(record) for record in page], next_cursor=more)

    @router.get("/{call_id}", responses=responses(400, 404))
    async def get_call(principal: Reader, call_id: IdPath) -> CallDetail:
        """One call."""
        record = await service.get(principal, CallId(call_id))
        write_back = await service.write_back(principal, CallId(call_id))
        return detail_of(record, write_back, await retention.of_call(principal, CallId(call_id)))

    @router.post("/{call_id}/actions/hangup", status_code=202, responses=responses(400, 404, 409))
    async def hang_up(principal: Writer, call_id: IdPath) -> ActionAccepted:
        """End the call now, as the operator's wish."""
        await service.hang_up(principal, CallId(call_id))
        return ActionAccepted(call_id=call_id, action="hangup")

    return router


def _aware(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise BadInput("times need a zone, e.g. 2030-01-01T12:00:00Z")
    return moment
