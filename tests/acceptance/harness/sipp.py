"""SIPp runs one scenario of `tests/acceptance/sipp` once."""

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

_SCENARIOS = Path(__file__).parents[1] / "sipp"


def run_sipp(
    scenario: str, port: int, folder: Path, *, source: str = "127.0.0.1", number: str = "100", timeout_s: int = 20
) -> None:
    """Fails with SIPp's own words when the other side did not behave as the scenario says."""
    program = shutil.which("sipp")
    if program is None:
        pytest.fail("SIPp is missing: apt-get install sip-tester")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((source, 0))
        own_port = probe.getsockname()[1]
    errors = folder / f"{scenario}.errors"
    command = [program, f"127.0.0.1:{port}", "-sf", str(_SCENARIOS / f"{scenario}.xml"), "-s", number, "-m", "1"]
    command += [
        "-i",
        source,
        "-p",
        str(own_port),
        "-mi",
        source,
        "-timeout",
        str(timeout_s),
        "-timeout_error",
        "-nostdin",
    ]
    command += ["-trace_err", "-error_file", str(errors)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=timeout_s + 20, check=False)
    told = errors.read_text() if errors.exists() else ""
    assert done.returncode == 0, f"{scenario}: exit code {done.returncode}\n{told}\n{done.stderr[-2000:]}"
