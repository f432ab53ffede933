"""The worker's ASGI app: one WebSocket per call at `/v1/sessions`, `/healthz` and `/metrics` beside it."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from voiceagent.conversation.profile import VoiceChoice
from voiceagent.core.errors import BadInput, NoCapacity
from voiceagent.interaction.contract import SessionContext
from voiceagent.speech.contract import Hints, Recogniser, Voice
from voiceagent.worker import messages
from voiceagent.worker.call import WorkerCall
from voiceagent.worker.hearing import Hearing
from voiceagent.worker.scheduler import TurnScheduler

_log = structlog.get_logger(__name__)
_OPEN_TIMEOUT_S = 5.0
_UNAUTHORISED, _BAD_INPUT, _NO_CAPACITY = 4401, 4400, 4429  # private WebSocket close codes, RFC 6455 section 7.4.2


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerParts:
    """What a worker is made of."""

    worker_id: str
    scheduler: TurnScheduler
    recogniser: Recogniser
    make_voice: Callable[[VoiceChoice], Voice]
    token: str  # shared secret between gateways and workers


class WorkerServer:
    """Holds the running calls of this worker."""

    def __init__(self, parts: WorkerParts) -> None:
        self._parts = parts
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="speech")
        self.running = 0
        self.refused = 0
        self.app = Starlette(
            routes=[
                WebSocketRoute("/v1/sessions", self._session),
                Route("/healthz", self._healthz),
                Route("/metrics", self._metrics),
            ],
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            engine = tasks.create_task(self._parts.scheduler.run())
            yield
            engine.cancel()
        self._threads.shutdown(wait=True)

    async def _healthz(self, _request: Request) -> JSONResponse:
        return JSONResponse(
            {"worker_id": self._parts.worker_id, "slots": self._parts.scheduler.slots, "running": self.running}
        )

    async def _metrics(self, _request: Request) -> Response:
        counters = self._parts.scheduler.counters
        lines = {
            "voiceagent_worker_running_sessions": self.running,
            "voiceagent_worker_slots": self._parts.scheduler.slots,
            "voiceagent_worker_refused_total": self.refused,
            "voiceagent_worker_micro_turns_total": counters.turns,
            "voiceagent_worker_steps_total": counters.steps,
            "voiceagent_worker_deadline_misses_total": counters.missed,
            "voiceagent_worker_rejected_turns_total": counters.rejected,
            "voiceagent_worker_engine_busy_seconds_total": round(counters.busy_s, 3),
        }
        return Response("".join(f"{name} {value}\n" for name, value in lines.items()), media_type="text/plain")

    async def _session(self, socket: WebSocket) -> None:
        await socket.accept()
        given = socket.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._parts.token}".encode()):
            await socket.close(_UNAUTHORISED, "send the worker token as Authorization: Bearer")
            return
        try:
            first = await asyncio.wait_for(socket.receive_bytes(), _OPEN_TIMEOUT_S)
            await self._serve(socket, _opening(first))
        except (BadInput, TimeoutError) as error:
            await _close(socket, _BAD_INPUT, str(error) or "no `open` came in time")
        except NoCapacity as error:
            self.refused += 1
            await socket.send_bytes(messages.encode(messages.Refused(reason=str(error))))
            await _close(socket, _NO_CAPACITY, "every slot is taken")
        except WebSocketDisconnect:
            pass

    async def _serve(self, socket: WebSocket, opening: messages.Open) -> None:
        parts = self._parts
        choice = VoiceChoice(name=opening.voice, words_per_minute=opening.words_per_minute, pitch=opening.pitch)
        slot = await parts.scheduler.open(SessionContext(language=opening.language, voice=choice))
        ears = parts.recogniser.open(Hints(name=opening.hints_name, grammar=opening.hints_grammar))
        hearing = Hearing(ears, parts.scheduler.tick_ms)
        outbox = asyncio.Lock()

        async def send(message: messages.FromWorker) -> None:
            async with outbox:
                await socket.send_bytes(messages.encode(message))

        self.running += 1
        try:
            await send(messages.Opened(worker_id=parts.worker_id, tick_ms=parts.scheduler.tick_ms))
            call = WorkerCall(slot, parts.scheduler, hearing, parts.make_voice(choice), self._threads, send)
            await _run_until_gone(socket, call)
        finally:
            self.running -= 1
            hearing.close()
            await parts.scheduler.close(slot)


def _opening(data: bytes) -> messages.Open:
    message = messages.from_gateway(data)
    if isinstance(message, messages.Open):
        return message
    raise BadInput("the first message must be `open`")


async def _run_until_gone(socket: WebSocket, call: WorkerCall) -> None:
    """Serve until the gateway closes; a malformed message ends this session and no other."""
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(call.run())
            while True:
                call.take(messages.from_gateway(await socket.receive_bytes()))
    except* WebSocketDisconnect:
        pass
    except* BadInput as group:
        error = group.exceptions[0]
        _log.warning("session closed for bad input", error=str(error))
        await _close(socket, _BAD_INPUT, str(error))


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    try:
        await socket.close(code, reason[:120])  # a close frame holds 123 bytes of reason (RFC 6455 section 5.5)
    except RuntimeError:
        _log.debug("socket was already closed")
