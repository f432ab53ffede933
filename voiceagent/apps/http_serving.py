"""Serve an ASGI app with uvicorn inside our own task group and signals."""

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from voiceagent.apps.process import ProcessContext
from voiceagent.config.http_settings import HttpSettings
from voiceagent.config.settings import WorkerSettings
from voiceagent.core.errors import ConfigError

_GRACE_S = 5


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers (signals are the process's business); tells when it listens."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_http(
    app: ASGIApp,
    where: HttpSettings | WorkerSettings,
    context: ProcessContext,
    *,
    trusted_proxies: Sequence[str] = (),
) -> None:
    """Serve until `context.stop`; reports ready once the socket listens. Raises ConfigError for a taken port.

    trusted_proxies: addresses and networks whose word is taken for who the client is (X-Forwarded-For).
    """
    listener = _listen(where)
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=_GRACE_S,
            ws_max_size=4 * 1024 * 1024,
            ws_ping_interval=5.0,
            ws_ping_timeout=5.0,
            server_header=False,
            proxy_headers=bool(trusted_proxies),
            forwarded_allow_ips=list(trusted_proxies),
        ),
        context.ready,
    )
    async with asyncio.TaskGroup() as tasks:
        stopping = tasks.create_task(_exit_on(context.stop, server))
        await server.serve(sockets=[listener])
        stopping.cancel()
    context.stop.set()


async def _exit_on(stop: asyncio.Event, server: uvicorn.Server) -> None:
    await stop.wait()
    server.should_exit = True


def _listen(where: HttpSettings | WorkerSettings) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in where.host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((where.host, where.port))
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"cannot listen on {where.host}:{where.port}: {error.strerror}; set another port (see `voiceagent doctor`)"
        ) from error
    return listener
