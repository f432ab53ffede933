"""The background agent as a process of its own: `POST /v1/delegations`, a package in, updates out as JSON lines.

`PUT /v1/delegations/{id}/captured` brings, before it, what only its tool may see. `DELETE /v1/delegations/{id}`
stops one that nobody waits for any more; what ran is still told, in its own stream.

Tools are written by users and may block or crash; in this process they cannot make a caller's audio stutter.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from voiceagent.background.door import app_with_a_door, bearer, body_up_to
from voiceagent.background.wire import decode_captured, decode_package, encode_update
from voiceagent.conversation.delegation import DelegationPackage, WorkDone
from voiceagent.core.errors import NoCapacity
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

    def take_place(self) -> None:
        """Reserve a place, to be given back with `free_place`. Raises NoCapacity when all are taken."""
        if self.running >= self._options.max_delegations:
            self.refused += 1
            raise NoCapacity("every place is taken; try again shortly")
        self.running += 1

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
    """The ASGI app. Raises ConfigError without a token."""
    app = app_with_a_door()
    desk = DelegationDesk(agent, options)
    router = APIRouter(prefix="/v1/delegations", dependencies=[bearer(options.token)])
    Package = Annotated[bytes, Depends(body_up_to(options.max_body_bytes))]  # noqa: N806 - a type
    Captured = Annotated[bytes, Depends(body_up_to(_CAPTURED_BYTES))]  # noqa: N806

    @app.get("/healthz")
    async def healthz() -> dict[str, object]:
        return {"status": "ok", "delegations": desk.running, "refused": desk.refused}

    @router.post("")
    async def delegate(body: Package) -> Response:
        package = decode_package(body)
        desk.take_place()
        return _DelegationStream(desk, package)

    @router.put("/{delegation_id}/captured", status_code=204)
    async def hand_over(delegation_id: str, body: Captured) -> None:
        await agent.hand_over(DelegationId(delegation_id), decode_captured(body))

    @router.delete("/{delegation_id}", status_code=204)
    async def stop(delegation_id: str) -> None:
        await agent.stop(DelegationId(delegation_id))

    app.include_router(router)
    return app
