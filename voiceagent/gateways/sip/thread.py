"""The one thread that may touch the SIP library, and the bridge between it and asyncio.

Commands travel in through a bounded queue as callables, their results come back as futures. Exceptions are copied
without their traceback: its frames would carry library objects to a thread on which they must not die.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

import pjsua2 as pj

from voiceagent.core.errors import InternalError, Unavailable, VoiceagentError
from voiceagent.gateways.sip.mishaps import Mishaps, describe

T = TypeVar("T")
_MAX_COMMANDS = 1024
_STOP_MARGIN_S = 10.0
_BREATH_S = 0.05  # a library that fails at every step must not take the whole core


class Machine(Protocol):
    """What runs on the thread."""

    mishaps: Mishaps

    def open(self) -> None:
        """Start the library. Raises VoiceagentError when it cannot."""
        ...

    def step(self) -> None:
        """Handle what has happened; waits for a few ms at most."""
        ...

    def close(self) -> None:
        """Take the library down. Also called after a failed open."""
        ...


class SipThread:
    """Runs a machine from `start` to `stop`."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._commands: queue.Queue[Callable[[], None]] = queue.Queue(_MAX_COMMANDS)
        self._stopping = threading.Event()
        self._opened: Future[None] = Future()
        self._closed: Future[None] = Future()
        self._thread = threading.Thread(target=self._main, name="sip")

    async def start(self, timeout_s: float = 20.0) -> None:
        """Start the library. Raises what `Machine.open` raised."""
        self._thread.start()
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.wrap_future(self._opened)
        except BaseException:
            await self.stop()
            raise

    async def call(self, command: Callable[[], T], timeout_s: float = 5.0) -> T:
        """Run `command` on the SIP thread and return its result, which must hold no library object.

        Raises what it raised (errors of the library as InternalError), or Unavailable when the thread does not answer.
        """
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(command())
            except Exception as error:
                future.set_exception(_plain(error))

        self.post(run)
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise Unavailable("the SIP thread does not answer; see its log entries") from None

    def post(self, command: Callable[[], None]) -> None:
        """Run `command` on the SIP thread, soon; its exceptions are counted. Raises Unavailable when it has stopped."""
        if self._stopping.is_set() or self._closed.done():
            raise Unavailable("the SIP endpoint has been stopped")
        try:
            self._commands.put_nowait(command)
        except queue.Full:
            raise Unavailable("too many SIP commands are waiting; the process is overloaded") from None

    async def stop(self, timeout_s: float = _STOP_MARGIN_S) -> None:
        """Close the machine and wait for the thread to end. Raises InternalError when it hangs."""
        self._stopping.set()
        await asyncio.to_thread(self._thread.join, timeout_s)
        if self._thread.is_alive():
            raise InternalError("the SIP thread did not stop: the library hangs")

    def _main(self) -> None:
        try:
            self._machine.open()
        except Exception as error:
            self._shut()
            self._opened.set_exception(_plain(error))
            return
        self._opened.set_result(None)
        while not self._stopping.is_set():
            if not self._guard("step", self._machine.step):
                self._stopping.wait(_BREATH_S)
            self._run_commands()
        self._shut()

    def _run_commands(self) -> None:
        for _ in range(self._commands.qsize()):
            try:
                command = self._commands.get_nowait()
            except queue.Empty:
                return
            self._guard("command", command)

    def _guard(self, where: str, action: Callable[[], None]) -> bool:
        """Run `action`; False when it failed."""
        try:
            action()
        except Exception as error:
            self._machine.mishaps.add(where, describe(error))
            return False
        return True

    def _shut(self) -> None:
        self._run_commands()
        self._guard("close", self._machine.close)
        self._closed.set_result(None)


def _plain(error: Exception) -> Exception:
    """A copy of `error` that holds no frames."""
    if isinstance(error, VoiceagentError):
        return type(error)(str(error))
    library: Any = pj.Error
    if isinstance(error, library):
        return InternalError(f"the SIP library refused: {describe(error)}")
    return InternalError(f"on the SIP thread: {describe(error)}")
