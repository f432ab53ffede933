"""HTTP for the recording of a call."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Query, Request, Response

from voiceagent.api.auth import Guard
from voiceagent.api.byte_ranges import serve_bytes
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.calls.schemas import Purpose
from voiceagent.api.resources.calls.service import CallService, Listening
from voiceagent.core.errors import BadInput
from voiceagent.core.ids import CallId

log = structlog.get_logger(__name__)


def call_recording_router(*, service: CallService, guard: Guard) -> APIRouter:
    """/v1/calls/{call_id}/recording."""
    router = APIRouter(prefix="/v1/calls/{call_id}", tags=["calls"])
    Listener = Annotated[Principal, Depends(guard.require("recordings:read"))]  # noqa: N806 - a type

    @router.get(
        "/recording",
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
        call_id: IdPath,
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

    return router
