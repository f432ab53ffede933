"""HTTP for what happened in a call: its log, stored and live, and what was said."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import cut
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.calls.live import LiveCalls
from voiceagent.api.resources.calls.present import seen_by, segment_of, state_of, stored_event
from voiceagent.api.resources.calls.schemas import CallState, EventPage, Transcript
from voiceagent.api.resources.calls.service import CallService
from voiceagent.core.errors import BadInput
from voiceagent.core.ids import CallId

_SSE: Final = "text/event-stream"
_ENDED_STATES: Final = (CallState.COMPLETED, CallState.FAILED, CallState.REJECTED)


def call_events_router(*, service: CallService, live: LiveCalls, guard: Guard) -> APIRouter:
    """/v1/calls/{call_id}/events and /transcript."""
    router = APIRouter(prefix="/v1/calls/{call_id}", tags=["calls"])
    Reader = Annotated[Principal, Depends(guard.require("calls:read"))]  # noqa: N806 - a type

    @router.get(
        "/events",
        response_model=EventPage,
        responses={
            **responses(400, 404),
            200: {
                "description": "A page of the log, or with `Accept: text/event-stream` the log live.",
                "content": {_SSE: {}},
            },
            204: {"description": "Live only: the call has ended and there is nothing after Last-Event-ID."},
        },
    )
    async def get_events(
        request: Request,
        principal: Reader,
        call_id: IdPath,
        after_seq: Annotated[int, Query(ge=0, lt=2**31)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 500,
        last_event_id: Annotated[str, Header()] = "",
    ) -> Any:
        """The call's log. Live it begins after `Last-Event-ID` (or `after_seq`) and ends with the call."""
        if _SSE in request.headers.get("accept", ""):
            return await _stream(live, service, principal, CallId(call_id), _resume_after(last_event_id, after_seq))
        found = await service.read_events(principal, CallId(call_id), after_seq=after_seq, limit=limit + 1)
        page, last = cut(found, limit)
        return EventPage(
            items=[seen_by(principal.scopes, stored_event(one)) for one in page],
            next_after_seq=last.seq if last else None,
        )

    @router.get("/transcript", responses=responses(400, 404))
    async def get_transcript(principal: Reader, call_id: IdPath) -> Transcript:
        """What was said, in order: only words that were really heard or played."""
        found = await service.transcript(principal, CallId(call_id))
        return Transcript(call_id=call_id, segments=[segment_of(one) for one in found])

    return router


async def _stream(live: LiveCalls, service: CallService, principal: Principal, call_id: CallId, after: int) -> Response:
    record = await service.get(principal, call_id)
    if state_of(record) in _ENDED_STATES and after >= record.last_seq:
        return Response(status_code=204)  # tells EventSource to stop reconnecting
    pieces = live.follow(principal, call_id, after)
    first = await anext(pieces)  # so that refusals are still proper responses

    async def body() -> AsyncIterator[str]:
        async with aclosing(pieces):
            yield first
            async for piece in pieces:
                yield piece

    return StreamingResponse(body(), media_type=_SSE, headers={"X-Accel-Buffering": "no"})


def _resume_after(last_event_id: str, after_seq: int) -> int:
    if not last_event_id:
        return after_seq
    if not last_event_id.isascii() or not last_event_id.isdigit() or len(last_event_id) > 9:
        raise BadInput("Last-Event-ID must be the seq of an event")
    return int(last_event_id)
