"""The door of the background process: whoever comes in shows the token that the gateways share.

No body is read past its limit, and every error is a problem document (RFC 9457).
"""

import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from fastapi import FastAPI, HTTPException, Request, params
from fastapi.responses import JSONResponse, Response

from voiceagent.core.errors import ConfigError, Unauthorised, VoiceagentError
from voiceagent.core.problems import MEDIA_TYPE, problem_for


def app_with_a_door() -> FastAPI:
    """Without endpoints; those that are added take `bearer` and `body_up_to` as dependencies."""
    app = FastAPI(title="voiceagent background agent", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(VoiceagentError, _on_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    return app


def bearer(token: str) -> params.Depends:
    """Only with exactly this token. Raises ConfigError without one: an open port must not answer for anybody."""
    if not token:
        raise ConfigError("the background agent needs a shared token; `voiceagent up` makes one")
    expected = f"Bearer {token}".encode()

    async def check(request: Request) -> None:
        if not secrets.compare_digest(request.headers.get("authorization", "").encode(), expected):
            raise Unauthorised("send `Authorization: Bearer <token>` with this process's token")

    return params.Depends(check)


def body_up_to(limit: int) -> Callable[[Request], Awaitable[bytes]]:
    """A dependency: the whole body, or 413 as soon as it is longer than `limit` bytes."""

    async def read(request: Request) -> bytes:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise HTTPException(413, f"what is sent here has at most {limit} bytes")
        return bytes(body)

    return read


async def _on_error(_: Request, error: Exception) -> Response:
    problem = problem_for(error)
    return JSONResponse(problem.body(), problem.status, problem.headers())


async def _on_http_error(_: Request, error: Exception) -> Response:
    status, detail = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, "")
    content = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JSONResponse(content, status, media_type=MEDIA_TYPE)
