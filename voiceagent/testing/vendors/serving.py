"""Serve vendors on a free port of this machine, from a thread, so that every test's event loop can ask."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import uvicorn
from starlette.types import Receive, Scope, Send

from voiceagent.testing.vendors.server import VendorServer

_V = TypeVar("_V", bound=VendorServer)


class Host:
    """A web server whose vendor changes from test to test: starting one takes longer than asking it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._vendor: VendorServer | None = None

    def put(self, vendor: _V) -> _V:
        """Serve this one from now on; its address is `vendor.url`."""
        vendor.url = self.url
        self._vendor = vendor
        return vendor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._vendor is not None
        await self._vendor(scope, receive, send)


@contextmanager
def hosting() -> Iterator[Host]:
    """A host at `http://127.0.0.1:<port>`."""
    # Of TCP by name, unlike `create_server`'s: asyncio turns Nagle's algorithm off only where it sees the name, and
    # without that each answer takes 40 ms longer.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        host = Host(f"http://127.0.0.1:{listener.getsockname()[1]}")
        config = uvicorn.Config(
            host, interface="asgi3", log_config=None, lifespan="off", access_log=False, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield host
        finally:
            server.should_exit = True
            thread.join(timeout=5)
