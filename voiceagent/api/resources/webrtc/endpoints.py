"""HTTP for talk tokens."""

from typing import Annotated

from fastapi import APIRouter, Depends

from voiceagent.api.auth import Guard
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.webrtc.schemas import TalkTokenMinted, TalkTokenRequest
from voiceagent.api.resources.webrtc.service import TalkTokenService


def webrtc_router(*, service: TalkTokenService, guard: Guard, talk_url: str) -> APIRouter:
    """Routes below /v1/webrtc; `talk_url` is the gateway's talk page, "" when it is not known."""
    router = APIRouter(prefix="/v1/webrtc", tags=["webrtc"])
    Writer = Annotated[Principal, Depends(guard.require("calls:write"))]  # noqa: N806 - a type

    @router.post("/tokens", status_code=201, responses=responses(400, 404, 413))
    async def mint_token(principal: Writer, wanted: TalkTokenRequest) -> TalkTokenMinted:
        """A short-lived token with which a browser may talk to one agent profile."""
        minted = await service.mint(
            principal, profile=wanted.profile, subject=wanted.subject, lifetime_s=wanted.lifetime_s
        )
        url = f"{talk_url}#token={minted.token}" if talk_url else None
        return TalkTokenMinted(token=minted.token, expires_at=minted.expires_at, url=url)

    return router
