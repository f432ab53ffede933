"""What both embedded servers have in common: one supervisor per state folder, adopt or start, wait, stop."""

import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from voiceagent.apps.embedded.layout import layout_of
from voiceagent.apps.embedded.process import SupervisorLock, end, is_running, wait_until
from voiceagent.core.errors import ConfigError, Unavailable

_START_TIMEOUT_S = 60.0  # crash recovery replays the log first
_EXIT_TIMEOUT_S = 10.0
_LOG_TAIL_CHARS = 600


def package_folder(package: str) -> Path:
    """Where a wheel lies, without importing it: both wheels do things at import. Raises ConfigError."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(f"{package} is not installed; install voiceagent again or configure URLs of your own servers")
    return Path(spec.submodule_search_locations[0])


class EmbeddedServer(ABC):
    """A server under a state folder. Calls block for up to a minute: use `asyncio.to_thread`.

    When another live process supervises the server already, `start` attaches to it and `stop` leaves it running.
    """

    name: str
    stop_signals: Sequence[tuple[signal.Signals, float]]

    def __init__(self, state: Path) -> None:
        self.layout = layout_of(state, self.name)
        self._lock = SupervisorLock(self.layout.lock)
        self._child: subprocess.Popen[bytes] | None = None
        self.supervises = False

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients connect to."""

    @property
    @abstractmethod
    def pid(self) -> int | None:
        """The pid that the server wrote down, whether it lives or not."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """A part of the command line that only this server has."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it accepts commands now."""

    @abstractmethod
    def prepare(self) -> None:
        """Make data and configuration; remove what a dead server left behind."""

    @abstractmethod
    def spawn(self, log: int) -> "subprocess.Popen[bytes]":
        """Start the program; its output goes to the file descriptor `log`."""

    def start(self) -> None:
        """Have the server running and ready; harmless when it is. Raises Unavailable with the end of its log."""
        self.supervises = self._lock.acquire()
        if not self.supervises:
            if not wait_until(self._is_up, _START_TIMEOUT_S):
                raise Unavailable(f"another process starts {self.name} in {self.layout.data} and does not succeed")
            return
        if self.is_alive():
            if wait_until(self._is_up, 5.0):
                return
            self._end()
        self._spawn_until_ready()

    def is_alive(self) -> bool:
        """Whether the server process exists (it may still be starting)."""
        self._reap()
        pid = self.pid
        return pid is not None and is_running(pid, self.identity)

    def stop(self) -> None:
        """End the server in good order, if we supervise it; everything acknowledged is on disk."""
        if self.supervises:
            self._end()
            self.supervises = False
        self._lock.release()

    def _is_up(self) -> bool:
        return self.is_alive() and self.is_ready()

    def _spawn_until_ready(self) -> None:
        """Children of a killed server hold its memory for a moment, so the first try may be refused."""
        self.prepare()

        def came_up() -> bool:
            self._reap()
            if self._child is None:
                with self.layout.log.open("ab") as log:
                    self._child = self.spawn(log.fileno())
            return self._is_up()

        if not wait_until(came_up, _START_TIMEOUT_S):
            self._end()
            raise Unavailable(f"{self.name} did not start; its log says: {self._log_tail()}")

    def _end(self) -> None:
        child_pid = self._child.pid if self._child else None
        for pid in {self.pid, child_pid} - {None}:
            if pid is not None:
                end(pid, self.identity, self.stop_signals)
        if self._child is not None:
            self._child.wait(_EXIT_TIMEOUT_S)  # an exiting process loses its command line before it is gone
            self._child = None

    def _reap(self) -> None:
        if self._child is not None and self._child.poll() is not None:
            self._child = None

    def _log_tail(self) -> str:
        return self.layout.log.read_text(errors="replace")[-_LOG_TAIL_CHARS:] if self.layout.log.exists() else ""
