"""HTTP for transfers."""

from typing import Annotated

from fastapi import APIRouter, Depends

from voiceagent.api.auth import Guard
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.transfers.schemas import Summary, Transfer
from voiceagent.api.resources.transfers.service import TransferService


def transfers_router(*, service: TransferService, guard: Guard) -> APIRouter:
    """Routes below /v1/transfers."""
    router = APIRouter(prefix="/v1/transfers", tags=["transfers"])
    Reader = Annotated[Principal, Depends(guard.require("transfers:read"))]  # noqa: N806 - a type

    @router.get("/{reference}", responses=responses(400, 404))
    async def get_transfer(principal: Reader, reference: IdPath) -> Transfer:
        """Who is being put through, and what it is about; `reference` came with the call."""
        transfer, summary = await service.get(principal, reference)
        return Transfer(
            reference=transfer.reference,
            call_id=transfer.call_id,
            from_=summary.caller,
            requested_at=transfer.requested_at,
            target=transfer.target,
            state=transfer.state,
            sip_code=transfer.sip_code or None,
            summary=Summary.model_validate(
                {
                    "intent": summary.intent,
                    "slots": summary.slots,
                    "found": summary.found,
                    "changed": summary.changed,
                    "last_lines": summary.last_lines,
                    "withheld": summary.withheld,
                    "text": summary.text(),
                }
            ),
        )

    return router
