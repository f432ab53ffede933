"""A bound on request bodies. FastAPI reads a body whole before authentication runs: without it strangers fill memory.

FastAPI's own `max_body_size` bounds as well, but when the length is announced it answers with plain text, around our
error handlers and security headers.
"""

import re
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES: Final = 64 * 1024  # the largest request that we know has a few hundred
_LENGTH = re.compile(r"[0-9]{1,18}")  # Python refuses to read numbers of thousands of digits


class BodyLimit:
    """Stops reading with 413 (RFC 9110, section 15.5.14): by Content-Length at once, else when too much has come.

    The error is raised out of `receive`, inside the app, so its handlers make the problem document. A body that the
    app never asks for is not buffered, and not looked at.
    """

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = _announced_bytes(scope)
        received = 0

        async def receive_bounded() -> Message:
            nonlocal received
            if announced > self._max_bytes:
                raise _too_large(self._max_bytes)
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise _too_large(self._max_bytes)
            return message

        await self._app(scope, receive_bounded, send)


def _announced_bytes(scope: Scope) -> int:
    """Content-Length; 0 when there is none or it is no sane number: then the chunks are counted."""
    text = Headers(scope=scope).get("content-length", "")
    return int(text) if _LENGTH.fullmatch(text) else 0


def _too_large(max_bytes: int) -> HTTPException:
    return HTTPException(413, f"the request body has more than {max_bytes} bytes")
