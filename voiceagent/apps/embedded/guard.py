"""Keep an embedded server running. One guard a server: Redis must not wait while Postgres recovers."""

import asyncio
import subprocess
from contextlib import suppress
from typing import Final, Protocol

import structlog

from voiceagent.core.errors import VoiceagentError

_log = structlog.get_logger(__name__)
_CHECK_S = 0.5
_RETRY_S = 5.0  # a full disk or a long recovery is not over sooner

# How a start on a machine in trouble fails: not ready in time, no file or process to be had, no end of the old one.
_FAILURES: Final = (VoiceagentError, OSError, subprocess.SubprocessError)


class Guarded(Protocol):
    """What a guard needs of a server; `EmbeddedServer` has it. `start` blocks."""

    name: str

    def is_alive(self) -> bool:
        """Whether its process exists."""

    def start(self) -> None:
        """Have it running and ready."""


async def keep_running(server: Guarded, *, check_s: float = _CHECK_S, retry_s: float = _RETRY_S) -> None:
    """Start the server again whenever it died, until cancelled; its data folder recovers by itself.

    A start that fails is tried again for ever: calls outlive a missing store, so the guard must not end them.
    """
    while True:
        await asyncio.sleep(check_s)
        try:
            if not server.is_alive():
                _log.error("embedded server died and is started again", server=server.name)
                await _start(server)
        except _FAILURES as error:
            _log.error("embedded server did not start", server=server.name, problem=str(error), pause_s=retry_s)
            await asyncio.sleep(retry_s)


async def _start(server: Guarded) -> None:
    """Start in a thread. Who is cancelled waits for it: beside a stop it would start again what that has ended."""
    starting = asyncio.get_running_loop().run_in_executor(None, server.start)
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        with suppress(*_FAILURES):
            await starting
        raise
