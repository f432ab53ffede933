"""The phone's command line when it cannot call."""

import subprocess
import sys


def test_what_the_library_refuses_to_call_is_told_in_one_line():
    command = [sys.executable, "-m", "voiceagent.testing.phone_process", "--dial", "foo"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=40, check=False)

    assert done.returncode == 2
    assert done.stderr.startswith("phone: the SIP library refused: ")
    assert done.stderr.count("\n") == 1
