"""HTTP for calls."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from voiceagent.api.auth import Guard
from voiceagent.api.byte_ranges import serve_bytes
from voiceagent.api.pagination import DEFAULT_LIMIT, Cursor, Limit, Page, cut, decode_cursor, encode_cursor
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.calls.live import LiveCalls
from voiceagent.api.resources.calls.present import (
    STATES,
    call_of,
    detail_of,
    seen_by,
    segment_of,
    state_of,
    stored_event,
)
from voiceagent.api.resources.calls.schemas import (
    ActionAccepted,
    Call,
    CallDetail,
    CallState,
    EventPage,
    Purpose,
    Transcript,
)
from voiceagent.api.resources.calls.service import CallService, Listening
from voiceagent.api.resources.retention.service import RetentionService
from voiceagent.core.errors import BadInput
from voiceagent.core.ids import CallId
from voiceagent.records.repositories.calls import CallCursor, CallFilter

log = structlog.get_logger(__name__)

SSE = "text/event-stream"
_CallPath = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
_ENDED_STATES = (CallState.COMPLETED, CallState.FAILED, CallState.REJECTED)


def calls_router(*, service: CallService, live: LiveCalls, retention: RetentionService, guard: Guard) -> APIRouter:
    """Routes below /v1/calls."""
    router = APIRouter(prefix="/v1/calls", tags=["calls"])
    Reader = Annotated[Principal, Depends(guard.require("calls:read"))]  # noqa: N806 - a type
    Writer = Annotated[Principal, Depends(guard.require("calls:write"))]  # noqa: N806
    Listener = Annotated[Principal, Depends(guard.require("recordings:read"))]  # noqa: N806

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
    async def get_call(principal: Reader, call_id: _CallPath) -> CallDetail:
        """One call."""
        record = await service.get(principal, CallId(call_id))
        write_back = await service.write_back(principal, CallId(call_id))
        return detail_of(record, write_back, await retention.of_call(principal, CallId(call_id)))

    @router.get(
        "/{call_id}/events",
        response_model=EventPage,
        responses={
            **responses(400, 404),
            200: {
                "description": "A page of the log, or with `Accept: text/event-stream` the log live.",
                "content": {SSE: {}},
            },
            204: {"description": "Live only: the call has ended and there is nothing after Last-Event-ID."},
        },
    )
    async def get_events(
        request: Request,
        principal: Reader,
        call_id: _CallPath,
        after_seq: Annotated[int, Query(ge=0, lt=2**31)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 500,
        last_event_id: Annotated[str, Header()] = "",
    ) -> Any:
        """The call's log. Live it begins after `Last-Event-ID` (or `after_seq`) and ends with the call."""
        if SSE in request.headers.get("accept", ""):
            return await _stream(live, service, principal, CallId(call_id), _resume_after(last_event_id, after_seq))
        found = await service.read_events(principal, CallId(call_id), after_seq=after_seq, limit=limit + 1)
        page, last = cut(found, limit)
        return EventPage(
            items=[seen_by(principal.scopes, stored_event(one)) for one in page],
            next_after_seq=last.seq if last else None,
        )

    @router.get("/{call_id}/transcript", responses=responses(400, 404))
    async def get_transcript(principal: Reader, call_id: _CallPath) -> Transcript:
        """What was said, in order: only words that were really heard or played."""
        found = await service.transcript(principal, CallId(call_id))
        return Transcript(call_id=call_id, segments=[segment_of(one) for one in found])

    @router.get(
        "/{call_id}/recording",
        response_class=Response,
        responses={
            **responses(400, 404, 416),
            200: {"description": "The stereo recording: caller left, agent right.", "content": {"audio/wav": {}}},
            206: {"description": "The part that `Range` asks for.", "content": {"audio/wav": {}}},
        },
    )
    async def get_recording(
        request: Request,
        principal: Listener,
        call_id: _CallPath,
        purpose: Annotated[Purpose | None, Query(description="What for. A person has to say, a key may.")] = None,
        reason: Annotated[str, Query(max_length=500, description="In your words; goes with a purpose.")] = "",
    ) -> Response:
        """The sealed recording as WAV; `Range` is honoured. Who listened, and what for, is in the audit log."""
        if principal.is_person and not (purpose and reason.strip()):
            raise BadInput(f"say what for: purpose is one of {', '.join(Purpose)}, and reason says why in your words")
        listening = Listening(
            purpose=purpose.value if purpose else "", reason=reason, byte_range=request.headers.get("range", "")
        )
        recording, audio = await service.recording(principal, CallId(call_id), listening)
        log.info("recording_read", call_id=call_id, by=principal.id)
        headers = {"Cache-Control": "private, no-store", "Content-Disposition": f'attachment; filename="{call_id}.wav"'}
        return serve_bytes(request, audio, etag=recording.sha256, media_type="audio/wav", headers=headers)

    @router.post("/{call_id}/actions/hangup", status_code=202, responses=responses(400, 404, 409))
    async def hang_up(principal: Writer, call_id: _CallPath) -> ActionAccepted:
        """End the call now, as the operator's wish."""
        await service.hang_up(principal, CallId(call_id))
        return ActionAccepted(call_id=call_id, action="hangup")

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

    return StreamingResponse(body(), media_type=SSE, headers={"X-Accel-Buffering": "no"})


def _resume_after(last_event_id: str, after_seq: int) -> int:
    if not last_event_id:
        return after_seq
    if not last_event_id.isascii() or not last_event_id.isdigit() or len(last_event_id) > 9:
        raise BadInput("Last-Event-ID must be the seq of an event")
    return int(last_event_id)


def _aware(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise BadInput("times need a zone, e.g. 2030-01-01T12:00:00Z")
    return moment
