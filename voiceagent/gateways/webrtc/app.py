"""The gateway's own small web app: the talk page and the one request that places a call.

Serve it on loopback behind a TLS proxy: browsers give the microphone to https pages and to localhost only.
"""

from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Final

import msgspec
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput, Unauthorised, VoiceagentError
from voiceagent.core.problems import Problem, problem_for
from voiceagent.gateways.webrtc.gateway import WebRtcGateway, WebRtcOffer
from voiceagent.gateways.webrtc.sdp import MAX_SDP_CHARS
from voiceagent.gateways.webrtc.tokens import TalkTokens

_MAX_BODY_BYTES: Final = MAX_SDP_CHARS * 2
_PAGE: Final = {
    "index.html": "text/html; charset=utf-8",
    "talk.js": "text/javascript; charset=utf-8",
    "talk.css": "text/css; charset=utf-8",
}
_SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src 'self' blob:; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "microphone=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

log = structlog.get_logger(__name__)


class _OfferBody(msgspec.Struct):
    sdp: str
    type: str = "offer"


def create_talk_app(*, gateway: WebRtcGateway, tokens: TalkTokens, clock: Clock) -> Starlette:
    """The ASGI app. The gateway's life is the caller's business: enter it before serving, drain it after."""

    async def offer(request: Request) -> Response:
        claims = tokens.verify(_bearer(request), now=clock.now().timestamp())
        sdp = _offered_sdp(await _body(request))
        answer = await gateway.offer(
            WebRtcOffer(
                sdp=sdp,
                tenant_id=claims.tenant_id,
                profile=claims.profile,
                token_id=claims.token_id,
                pii_subject=claims.subject,
                pii_source=request.client.host if request.client else "",
            )
        )
        return JSONResponse({"type": "answer", "sdp": answer}, headers={"Cache-Control": "no-store"})

    async def healthz(_: Request) -> Response:
        status = "draining" if gateway.is_draining else "ok"
        return JSONResponse({"status": status, "calls": gateway.active_calls}, headers={"Cache-Control": "no-store"})

    return Starlette(
        routes=[
            Route("/v1/webrtc/offer", offer, methods=["POST"]),
            Route("/talk", _file("index.html")),
            Route("/talk/talk.js", _file("talk.js")),
            Route("/talk/talk.css", _file("talk.css")),
            Route("/healthz", healthz),
        ],
        exception_handlers={VoiceagentError: _on_error, HTTPException: _on_http_error, Exception: _on_error},
        middleware=[Middleware(SecurityHeaders)],
    )


class SecurityHeaders:
    """Adds the headers that keep other pages and injected content out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.lower().encode(), value.encode()) for name, value in _SECURITY_HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *added]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorised("send `Authorization: Bearer <talk token>`; get one from POST /v1/webrtc/tokens")
    return token.strip()


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY_BYTES:
            raise BadInput(f"the request body has more than {_MAX_BODY_BYTES} bytes")
    return bytes(body)


def _offered_sdp(body: bytes) -> str:
    try:
        parsed = msgspec.json.decode(body, type=_OfferBody)
    except msgspec.MsgspecError as error:
        raise BadInput(f'the body must be JSON like {{"type": "offer", "sdp": "v=0..."}}: {error}') from error
    if parsed.type != "offer":
        raise BadInput(f"an offer is expected, not {parsed.type!r}")
    return parsed.sdp


def _file(name: str) -> Callable[[Request], Awaitable[Response]]:
    content = (files("voiceagent.gateways.webrtc") / "talk" / name).read_bytes()

    async def serve(_: Request) -> Response:
        return Response(content, media_type=_PAGE[name], headers={"Cache-Control": "no-cache"})

    return serve


async def _on_error(_: Request, error: Exception) -> Response:
    problem = problem_for(error)
    if problem.status == 500:
        log.error("webrtc_request_failed", exc_info=error)
    return JSONResponse(problem.body(), status_code=problem.status, headers=problem.headers())


async def _on_http_error(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = {404: "not_found", 405: "method_not_allowed"}.get(status, "http_error")
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    problem = Problem(status=status, code=code, title=detail, detail=detail)
    return JSONResponse(problem.body(), status_code=status, headers=problem.headers())
