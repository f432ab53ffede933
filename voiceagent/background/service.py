"""The background agent as a process of its own: `POST /v1/delegations`, a package in, updates out as JSON lines.

`PUT /v1/delegations/{id}/captured` brings, before it, what only its tool may see. `DELETE /v1/delegations/{id}`
stops one that nobody waits for any more; what ran is still told, in its own stream.

Tools are written by users and may block or crash; in this process they cannot make a caller's audio stutter.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from voiceagent.background.wire import decode_captured, decode_package, encode_update
from voiceagent.conversation.delegation import DelegationPackage, WorkDone
from voiceagent.core.errors import BadInput, ConfigError, Conflict
from voiceagent.core.ids import DelegationId
from voiceagent.session.ports import BackgroundAgent

_log = structlog.get_logger(__name__)
_CAPTURED_BYTES = 1024
NDJSON = "application/x-ndjson"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOptions:
    """Limits of the process. `token` is shared with the gateways."""

    token: str
    max_delegations: int = 64  # at once; more are refused, a queue would only make all of them late
    max_body_bytes: int = 256 * 1024  # an hour of talk is about 60 KiB
    deadline_s: float = 120.0  # of one delegation, whatever its tools do: no caller waits for longer


class DelegationDesk:
    """Counts the running delegations and gives each its deadline."""

    def __init__(self, agent: BackgroundAgent, options: ServiceOptions) -> None:
        self._agent = agent
        self._options = options
        self.running = 0
        self.refused = 0

    def take_place(self) -> bool:
        """Reserve a place, to be given back with `free_place`; False when all are taken."""
        if self.running >= self._options.max_delegations:
            self.refused += 1
            return False
        self.running += 1
        return True

    def free_place(self) -> None:
        self.running -= 1

    async def lines(self, package: DelegationPackage) -> AsyncGenerator[bytes]:
        """The updates as JSON lines; always ends with work_done. Closing it stops the work."""
        updates = self._agent.run(package)
        try:
            async with asyncio.timeout(self._options.deadline_s):
                async for update in updates:
                    yield encode_update(update)
        except TimeoutError:
            _log.warning("delegation passed its deadline", delegation_id=package.delegation_id)
            yield encode_update(WorkDone(outcome="unreachable", detail="the delegation passed its deadline"))
        except Exception:  # noqa: BLE001 - the stream has begun: the only way to tell the other side is in it
            _log.exception("delegation failed", delegation_id=package.delegation_id)
            yield encode_update(WorkDone(outcome="failed", detail="the background agent failed; see its log"))
        finally:
            if isinstance(updates, AsyncGenerator):
                await updates.aclose()


class _DelegationStream(StreamingResponse):
    """Sends the lines and gives the place back, also when the other side left before the first line."""

    def __init__(self, desk: DelegationDesk, package: DelegationPackage) -> None:
        self._desk = desk
        self._lines = desk.lines(package)
        super().__init__(self._lines, media_type=NDJSON)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._desk.free_place()
            await self._lines.aclose()


def create_app(agent: BackgroundAgent, options: ServiceOptions) -> FastAPI:
    """The ASGI app. Raises ConfigError without a token: an open port must not answer for anybody's customers."""
    if not options.token:
        raise ConfigError("the background agent needs a shared token; `voiceagent up` makes one")
    app = FastAPI(title="voiceagent background agent", docs_url=None, redoc_url=None, openapi_url=None)
    desk = DelegationDesk(agent, options)

    @app.get("/healthz")
    async def healthz() -> dict[str, object]:
        return {"status": "ok", "delegations": desk.running, "refused": desk.refused}

    @app.delete("/v1/delegations/{delegation_id}")
    async def stop(request: Request, delegation_id: str) -> Response:
        if not _authorised(request, options.token):
            return _no_token()
        await agent.stop(DelegationId(delegation_id))
        return Response(status_code=204)

    _take_captured(app, agent, options)

    @app.post("/v1/delegations")
    async def delegate(request: Request) -> Response:
        if not _authorised(request, options.token):
            return _no_token()
        body = await _body(request, options.max_body_bytes)
        if body is None:
            return _problem(413, f"a delegation package has at most {options.max_body_bytes} bytes")
        try:
            package = decode_package(body)
        except BadInput as error:
            return _problem(422, str(error))
        if not desk.take_place():
            return _problem(503, "every place is taken; try again shortly", headers={"Retry-After": "1"})
        return _DelegationStream(desk, package)

    return app


def _take_captured(app: FastAPI, agent: BackgroundAgent, options: ServiceOptions) -> None:
    @app.put("/v1/delegations/{delegation_id}/captured")
    async def hand_over(request: Request, delegation_id: str) -> Response:
        if not _authorised(request, options.token):
            return _no_token()
        body = await _body(request, _CAPTURED_BYTES)
        if body is None:
            return _problem(413, f"captured values have at most {_CAPTURED_BYTES} bytes")
        try:
            captured = decode_captured(body)
            await agent.hand_over(DelegationId(delegation_id), captured)
        except BadInput as error:
            return _problem(422, str(error))
        except Conflict as error:
            return _problem(503, str(error))
        return Response(status_code=204)


def _no_token() -> Response:
    return _problem(401, "send `Authorization: Bearer <token>` with this process's token")


def _authorised(request: Request, token: str) -> bool:
    given = request.headers.get("authorization", "")
    return secrets.compare_digest(given.encode(), f"Bearer {token}".encode())


async def _body(request: Request, limit: int) -> bytes | None:
    """The whole body; None as soon as it is longer than `limit`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


def _problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    content = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JSONResponse(content, status, headers, media_type="application/problem+json")
