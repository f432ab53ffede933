"""Permits and opt-outs over HTTP, beside the delegations: gateways have no way to Postgres of their own."""

from typing import Annotated, Final, Protocol

from fastapi import APIRouter, Depends, FastAPI

from voiceagent.background.dialling.wire import CLAIMS, OPT_OUTS, decode_claim, decode_opt_out
from voiceagent.background.door import bearer, body_up_to
from voiceagent.core.ids import CallId, TenantId
from voiceagent.telephony.events import OptedOut

_BODY_BYTES: Final = 4 * 1024  # ids and names

Body = Annotated[bytes, Depends(body_up_to(_BODY_BYTES))]


class Permits(Protocol):
    """See `compliance.dialling.permits.DialPermits`."""

    async def claim(self, tenant_id: TenantId, call_id: CallId) -> None: ...

    async def enter_opt_out(self, tenant_id: TenantId, call_id: CallId, opted_out: OptedOut) -> None: ...


def add_dialling(app: FastAPI, permits: Permits, token: str) -> None:
    """Two more addresses of `app` (see `background.door`), for who has the `token` that the gateways share."""
    router = APIRouter(dependencies=[bearer(token)])

    @router.post(CLAIMS, status_code=204)
    async def claim(body: Body) -> None:
        asked = decode_claim(body)
        await permits.claim(asked.tenant_id, asked.call_id)

    @router.post(OPT_OUTS, status_code=204)
    async def opt_out(body: Body) -> None:
        asked = decode_opt_out(body)
        await permits.enter_opt_out(asked.tenant_id, asked.call_id, asked.opted_out)

    app.include_router(router)
