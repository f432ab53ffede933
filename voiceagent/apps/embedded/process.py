"""Processes that may not be our children: is it still the one we mean, and how to end it."""

import fcntl
import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from voiceagent.core.errors import Unavailable

_POLL_S = 0.02


def is_running(pid: int, command_line_part: str) -> bool:
    """Whether `pid` is a live process whose command line holds that text (pids are used again, names are not)."""
    try:
        command_line = Path(f"/proc/{pid}/cmdline").read_bytes()
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX" and os.fsencode(command_line_part) in command_line


def wait_until(done: Callable[[], bool], timeout_s: float) -> bool:
    """Poll `done`; False on timeout. Blocks the thread."""
    for _ in range(max(1, round(timeout_s / _POLL_S))):
        if done():
            return True
        time.sleep(_POLL_S)
    return done()


def end(pid: int, command_line_part: str, steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn and wait its seconds for the process to be gone. Raises Unavailable if it stays."""
    for number, timeout_s in steps:
        if not is_running(pid, command_line_part):
            return
        os.kill(pid, number)
        if wait_until(lambda: not is_running(pid, command_line_part), timeout_s):
            return
    raise Unavailable(f"process {pid} does not end; look at what it waits for")


class SupervisorLock:
    """Held by the one process that looks after a server; the kernel releases it when that process dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self) -> bool:
        """True when we hold it now; False when another live process does."""
        if self._file is not None:
            return True
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
