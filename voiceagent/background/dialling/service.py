"""Permits and opt-outs over HTTP, beside the delegations: gateways have no way to Postgres of their own."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Protocol

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from voiceagent.background.dialling.wire import CLAIMS, OPT_OUTS, decode_claim, decode_opt_out
from voiceagent.core.errors import Unauthorised, VoiceagentError
from voiceagent.core.ids import CallId, TenantId
from voiceagent.core.problems import problem_for
from voiceagent.telephony.events import OptedOut


class Permits(Protocol):
    """See `compliance.dialling.permits.DialPermits`."""

    async def claim(self, tenant_id: TenantId, call_id: CallId) -> None: ...

    async def enter_opt_out(self, tenant_id: TenantId, call_id: CallId, opted_out: OptedOut) -> None: ...


def add_dialling(app: FastAPI, permits: Permits, token: str) -> None:
    """Two more addresses of `app`, for who has the `token` that the gateways share."""

    @app.post(CLAIMS)
    async def claim(request: Request) -> Response:
        async def carry_out(body: bytes) -> None:
            asked = decode_claim(body)
            await permits.claim(asked.tenant_id, asked.call_id)

        return await _answered(request, token, carry_out)

    @app.post(OPT_OUTS)
    async def opt_out(request: Request) -> Response:
        async def carry_out(body: bytes) -> None:
            asked = decode_opt_out(body)
            await permits.enter_opt_out(asked.tenant_id, asked.call_id, asked.opted_out)

        return await _answered(request, token, carry_out)


async def _answered(request: Request, token: str, carry_out: Callable[[bytes], Awaitable[None]]) -> Response:
    given = request.headers.get("authorization", "")
    try:
        if not secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise Unauthorised("send `Authorization: Bearer <token>` with this process's token")
        await carry_out(await request.body())
    except VoiceagentError as error:
        problem = problem_for(error)
        return JSONResponse(problem.body(), problem.status, problem.headers())
    return Response(status_code=204)
