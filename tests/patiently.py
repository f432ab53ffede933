"""Run a command with what the rest of the machine leaves: `python tests/patiently.py COMMAND...`.

Linux shares processors between sessions before it looks at nice values (sched(7), "The autogroup feature"), and every
process of a call that is tested has a session of its own. So this gives the command one too and makes that nice, and
every session that a server of the command's tests begins.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_NICE = 19
_MARK = "VOICEAGENT_PATIENT"  # in the environment of all that the command starts: a daemon has no parent to know it by
_LOOK_S = 1.0


def run(command: list[str]) -> int:
    """Its exit status. An interrupt is handed on, and its end waited for."""
    os.nice(_NICE)
    mark = f"{_MARK}={os.getpid()}"
    child = subprocess.Popen(command, start_new_session=True, env=os.environ | {_MARK: str(os.getpid())})
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os.killpg(child.pid, signal.SIGINT))
    nice: set[int] = set()
    while True:
        for session, process in _started(mark):
            if session not in nice:
                nice.add(session)
                _make_nice(process)
        with suppress(subprocess.TimeoutExpired):
            return child.wait(timeout=_LOOK_S)


def _started(mark: str) -> Iterator[tuple[int, int]]:
    """Session and id of every process that was started with `mark`."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile, or is somebody else's
            if mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                yield os.getsid(int(folder.name)), int(folder.name)


def _make_nice(process: int) -> None:
    """It and all of its session."""
    with suppress(OSError):  # not every kernel has it, and not everybody may write it
        Path(f"/proc/{process}/autogroup").write_text(str(_NICE))


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
