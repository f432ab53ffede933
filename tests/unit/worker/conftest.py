"""A worker on a socket of this machine, in this process: real server, real uvicorn, real client."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any

import pytest
import structlog
import uvicorn

from voiceagent.conversation.profile import VoiceChoice
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import ConfigError
from voiceagent.interaction.contract import SessionContext
from voiceagent.speech.contract import Hints, Voice
from voiceagent.testing.scripted_model import ScriptedModel
from voiceagent.testing.scripted_recogniser import ScriptedRecogniser
from voiceagent.testing.tone_voice import ToneVoice
from voiceagent.worker.client import WorkerStream, open_stream
from voiceagent.worker.scheduler import TurnScheduler
from voiceagent.worker.server import WorkerParts, WorkerServer

TOKEN = "the workers' secret"


class _Uvicorn(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()

    async def main_loop(self) -> None:
        """Stop when told rather than at the next tenth of a second."""
        await self.stop.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the test's own signals alone."""
        yield


class ServedWorker:
    """A running worker with a scripted model."""

    def __init__(self, server: WorkerServer, web: uvicorn.Server, port: int) -> None:
        self.server = server
        self.url = f"ws://127.0.0.1:{port}/v1/sessions"
        self.http_url = f"http://127.0.0.1:{port}"
        self._web = web

    async def open(self, *, token: str = TOKEN, hints: Hints | None = None, voice: str = "en-us") -> WorkerStream:
        context = SessionContext(voice=VoiceChoice(name=voice))
        return await open_stream(self.url, token, 7, context, hints or Hints(name="consent"))

    @asynccontextmanager
    async def session(self, **how: Any) -> AsyncIterator[WorkerStream]:
        stream = await self.open(**how)
        try:
            yield stream
        finally:
            await stream.close()

    async def until_running(self, count: int) -> None:
        """Wait until so many sessions run."""
        async with asyncio.timeout(30):
            while self.server.running != count:
                await asyncio.sleep(0.002)

    def kill(self) -> None:
        """Cut every connection without a word, as a killed process does."""
        for connection in list(self._web.server_state.connections):
            connection.transport.abort()


Serve = Callable[..., AbstractAsyncContextManager[ServedWorker]]


def _voice(choice: VoiceChoice) -> Voice:
    if choice.name == "nobody":
        raise ConfigError("there is no voice called nobody")
    return ToneVoice()


@asynccontextmanager
async def _serve(
    model: ScriptedModel,
    recogniser: ScriptedRecogniser | None = None,
    make_voice: Callable[[VoiceChoice], Voice] = _voice,
) -> AsyncIterator[ServedWorker]:
    parts = WorkerParts(
        worker_id="wrk_TEST",
        scheduler=TurnScheduler(model, SystemClock()),
        recogniser=recogniser or ScriptedRecogniser(),
        make_voice=make_voice,
        token=TOKEN,
    )
    server = WorkerServer(parts)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        web = _Uvicorn(uvicorn.Config(server.app, log_config=None, access_log=False, timeout_graceful_shutdown=1))
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(web.serve(sockets=[listener]))
            async with asyncio.timeout(30):
                while not web.started:
                    await asyncio.sleep(0.002)
            try:
                yield ServedWorker(server, web, listener.getsockname()[1])
            finally:
                web.stop.set()
                await serving


@pytest.fixture
def serve() -> Serve:
    return _serve


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    """What is logged, instead of pages on the screen."""
    with structlog.testing.capture_logs() as entries:
        yield entries
