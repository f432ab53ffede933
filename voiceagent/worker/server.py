"""The worker's ASGI app: one WebSocket per call at `/v1/sessions`, `/healthz` and `/metrics` beside it."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from voiceagent.conversation.profile import RecogniserChoice, VoiceChoice
from voiceagent.core.errors import BadInput, Fault, NoCapacity, VoiceagentError, first_error
from voiceagent.interaction.contract import SessionContext
from voiceagent.speech.contract import Hints, Recogniser, Voice
from voiceagent.worker import messages
from voiceagent.worker.call import Send, SpeechThreads, WorkerCall
from voiceagent.worker.hearing import Hearing
from voiceagent.worker.scheduler import TurnScheduler

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")
_OPEN_TIMEOUT_S = 5.0
# Private WebSocket close codes, RFC 6455 section 7.4.2.
_UNAUTHORISED, _BAD_INPUT, _NO_CAPACITY, _FAILED = 4401, 4400, 4429, 4500


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
        self._threads = SpeechThreads(
            ears=ThreadPoolExecutor(max_workers=2, thread_name_prefix="ears"),
            voices=ThreadPoolExecutor(max_workers=2, thread_name_prefix="voices"),
        )
        self.running = 0
        self.refused = 0
        self.dropped_turns = 0
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
        self._threads.ears.shutdown(wait=True)
        self._threads.voices.shutdown(wait=True)

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
            "voiceagent_worker_failed_turns_total": counters.failed,
            "voiceagent_worker_dropped_turns_total": self.dropped_turns,
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
            async with asyncio.timeout(_OPEN_TIMEOUT_S):
                opening = _opening(await _receive(socket))
            await self._serve(socket, opening)
        except NoCapacity as error:
            self.refused += 1
            await socket.send_bytes(messages.encode(messages.Refused(reason=str(error))))
            await _close(socket, _NO_CAPACITY, "every slot is taken")
        except TimeoutError:
            await _close(socket, _BAD_INPUT, "no `open` came in time")
        except VoiceagentError as error:
            _log.warning("session closed", fault=error.fault, error=str(error))
            await _close(socket, _BAD_INPUT if error.fault is Fault.CLIENT else _FAILED, str(error))
        except WebSocketDisconnect:
            pass

    async def _serve(self, socket: WebSocket, opening: messages.Open) -> None:
        """One session. Raises what ends it: a VoiceagentError, or WebSocketDisconnect when the gateway has left."""
        parts = self._parts
        choice = VoiceChoice(name=opening.voice, words_per_minute=opening.words_per_minute, pitch=opening.pitch)
        slot = await parts.scheduler.open(SessionContext(language=opening.language, voice=choice))
        self.running += 1
        try:
            async with self._hearing(_hints(opening)) as hearing:
                voice = await _threaded(self._threads.voices, lambda: parts.make_voice(choice))
                send = _sender(socket)
                await send(messages.Opened(worker_id=parts.worker_id, tick_ms=parts.scheduler.tick_ms))
                call = WorkerCall(slot, parts.scheduler, hearing, voice, self._threads, send)
                try:
                    await _run_until_gone(socket, call)
                finally:
                    self.dropped_turns += call.dropped_turns
        finally:
            try:
                await parts.scheduler.close(slot)
            finally:
                self.running -= 1

    @asynccontextmanager
    async def _hearing(self, hints: Hints) -> AsyncIterator[Hearing]:
        # not in the ears' threads: one that is busy for seconds must not keep a new call waiting
        ears = await _threaded(self._threads.voices, lambda: self._parts.recogniser.open(hints))
        try:
            yield Hearing(ears, self._parts.scheduler.tick_ms)
        finally:
            ears.close()


async def _threaded(threads: Executor, work: Callable[[], _T]) -> _T:
    return await asyncio.get_running_loop().run_in_executor(threads, work)


def _sender(socket: WebSocket) -> Send:
    """Sends one message at a time: the ears and the voice of a call share the socket."""
    outbox = asyncio.Lock()

    async def send(message: messages.FromWorker) -> None:
        async with outbox:
            await socket.send_bytes(messages.encode(message))

    return send


async def _receive(socket: WebSocket) -> messages.FromGateway:
    """The next message. Raises BadInput, or WebSocketDisconnect."""
    try:
        data = await socket.receive_bytes()
    except KeyError:
        raise BadInput("a text message came; this protocol is binary") from None
    return messages.from_gateway(data)


def _opening(message: messages.FromGateway) -> messages.Open:
    if not isinstance(message, messages.Open):
        raise BadInput("the first message must be `open`")
    if message.version != messages.WIRE_VERSION:
        raise BadInput(f"wire version {message.version} is not {messages.WIRE_VERSION}: upgrade gateway and worker")
    return message


def _hints(opening: messages.Open) -> Hints:
    choice = RecogniserChoice(
        name=opening.recogniser,
        model=opening.recogniser_model,
        sample_rate_hz=opening.recogniser_sample_rate_hz,
        language=opening.language,
    )
    return Hints(name=opening.hints_name, grammar=opening.hints_grammar, recogniser=choice)


async def _run_until_gone(socket: WebSocket, call: WorkerCall) -> None:
    """Serve until the gateway closes. Raises the first VoiceagentError of this session; it touches no other."""
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(call.run())
            while True:
                call.take(await _receive(socket))
    except* WebSocketDisconnect:
        pass
    except* VoiceagentError as group:
        raise first_error(group) from group


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    try:
        await socket.close(code, reason.encode()[:120].decode(errors="ignore"))  # 123 bytes fit, RFC 6455 section 5.5
    except (RuntimeError, WebSocketDisconnect):
        _log.debug("socket was already closed")
