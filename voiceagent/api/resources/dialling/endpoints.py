"""HTTP for calls to be placed."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from voiceagent.api.auth import Guard
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.dialling.schemas import DialAccepted, DialBody
from voiceagent.api.resources.dialling.service import DialService
from voiceagent.api.resources.outbound.endpoints import decision_of, refused_response


def dialling_router(*, service: DialService, guard: Guard) -> APIRouter:
    """POST /v1/calls."""
    router = APIRouter(prefix="/v1/calls", tags=["outbound"])
    Writer = Annotated[Principal, Depends(guard.require("calls:write"))]  # noqa: N806 - a type

    @router.post("", status_code=201, response_model=DialAccepted, responses=responses(400, 404, 409, 413))
    async def place_call(request: Request, principal: Writer, body: DialBody) -> Any:
        """Call somebody. The gate decides now, and once more when it is dialled, which is within seconds or never.

        409 with the failed check's code when the number may not be called (see `POST /v1/outbound/decisions`), and with
        `conflict` when no trunk or agent is configured for calls of yours, or a call to the number is under way. Send
        an `Idempotency-Key`, so that a request that is sent again calls nobody twice. `POST
        /v1/calls/{id}/actions/hangup` ends it at any time, also while it rings.
        """
        placed = await service.ask(principal, body)
        if placed.command is None:
            return refused_response(request, placed.stored, placed.evidence)
        return DialAccepted(id=placed.command.call_id, decision=decision_of(placed.stored, placed.evidence))

    return router
