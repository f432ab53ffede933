"""A vendor's server: its routes and records, the tokens it issued, and the faults that a test asks for."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

Serve = Callable[[Send], Awaitable[None]]  # carries the request out and answers to what it is given
Fault = Callable[[Serve, Send], Awaitable[None]]
Seen = tuple[str, str]  # method and path of a request


def answers(
    status: int,
    body: object = None,
    *,
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
) -> Fault:
    """The request is not carried out; this comes back. A body of bytes goes out as it is, another as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def fault(_serve: Serve, send: Send) -> None:
        response = Response(content, status, headers=headers, media_type=content_type)
        await response({"type": "http"}, _nothing_more, send)

    return fault


def hangs(seconds: float = 0.25, *, carried_out: bool = False) -> Fault:
    """Nothing comes back for that long; a write may have been carried out all the same."""

    async def fault(serve: Serve, _send: Send) -> None:
        if carried_out:
            await serve(_discard)
        await asyncio.sleep(seconds)

    return fault


async def passes(serve: Serve, send: Send) -> None:
    """No fault: for the requests before the one that is meant."""
    await serve(send)


async def _nothing_more() -> Any:
    return {"type": "http.disconnect"}


async def _discard(_message: Any) -> None:
    pass


@dataclass
class VendorServer:
    """An ASGI app. Subclasses add routes and records. `faults` are used up one per request to the API, tokens aside."""

    url: str = ""  # set by the host
    token_route: str = ""
    faults: deque[Fault] = field(default_factory=deque)
    seen: list[Seen] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)  # those that are accepted
    tokens_issued: int = 0
    refuse_tokens: bool = False  # issued as before, but accepted nowhere
    _app: Starlette | None = None

    def routes(self) -> Sequence[BaseRoute]:
        """The documented endpoints."""
        raise AssertionError  # every vendor has some

    def issue_token(self) -> str:
        self.tokens_issued += 1
        token = f"token-{self.tokens_issued}"
        self.tokens.add(token)
        return token

    def accepts(self, request: Request) -> bool:
        """Whether the request carries a token that was issued and not revoked."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme == "Bearer" and token in self.tokens and not self.refuse_tokens

    def asked(self) -> list[Seen]:
        """Requests to the API, tokens aside."""
        return [seen for seen in self.seen if seen[1] != self.token_route]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app = self._app or Starlette(routes=list(self.routes()))
        self.seen.append((scope["method"], scope["path"]))
        if scope["path"] == self.token_route or not self.faults:
            await app(scope, receive, send)
            return

        async def serve(to: Send) -> None:
            await app(scope, receive, to)

        await self.faults.popleft()(serve, send)


def reply(status: int, body: object, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A documented answer."""
    return JSONResponse(body, status, headers=headers)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form-encoded body, as token endpoints take them."""
    return dict(parse_qsl((await request.body()).decode()))
