"""Run a command with what the rest of the machine leaves: `python tests/patiently.py COMMAND...`.

Linux shares processors between sessions before it looks at nice values (sched(7), "The autogroup feature"), and every
process of a call that is tested has a session of its own. So this gives the command one too, and makes that nice.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

_NICE = 19


def run(command: list[str]) -> int:
    """Its exit status. An interrupt is handed on, and its end waited for."""
    os.nice(_NICE)
    child = subprocess.Popen(command, start_new_session=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os.killpg(child.pid, signal.SIGINT))
    with suppress(OSError):  # not every kernel has it, and not everybody may write it
        Path(f"/proc/{child.pid}/autogroup").write_text(str(_NICE))
    return child.wait()


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
