"""Gateway and phones run in processes of their own: the SIP library allows one endpoint per process."""

import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

_ROOT = Path(__file__).parents[3]
_SCENARIOS = _ROOT / "tests" / "acceptance" / "sipp"
_ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{_ROOT}:{_ROOT / 'integrations'}", "OMP_NUM_THREADS": "1"}


class GatewayProcess:
    """A running gateway; its JSON lines are collected in `events`."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        command = [sys.executable, str(Path(__file__).with_name("gateway_process.py")), json.dumps(arguments)]
        self._process = subprocess.Popen(
            command, cwd=_ROOT, env=_ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self.noise: list[str] = []
        self.errors: list[str] = []
        self.events: list[dict[str, Any]] = []
        self._readers = [
            threading.Thread(target=self._read_lines, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        self.ready = self.wait_for("ready", timeout_s=20)
        self.port: int = self.ready["sip_port"]
        self.exit_code: int | None = None

    def wait_for(self, kind: str, count: int = 1, timeout_s: float = 10.0) -> dict[str, Any]:
        """The `count`th event of that kind, waited for."""
        deadline_s = time.monotonic() + timeout_s
        while len(self.of(kind)) < count:
            try:
                line = self._lines.get(timeout=max(0.01, deadline_s - time.monotonic()))
            except queue.Empty:
                seen = [event["event"] for event in self.events]
                pytest.fail(f"no {kind} number {count} within {timeout_s} s; saw {seen}; stderr: {self.errors[-20:]}")
            self._take(line)
        return self.of(kind)[count - 1]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The events of that kind so far."""
        while not self._lines.empty():
            self._take(self._lines.get_nowait())
        return [event for event in self.events if event["event"] == kind]

    def terminate(self) -> None:
        """Ask it to drain and stop."""
        self._process.send_signal(signal.SIGTERM)

    def change_directory(self) -> None:
        """Give it the trunks that it was started with as `later_trunks`."""
        self._process.send_signal(signal.SIGUSR1)

    def stop(self) -> dict[str, Any]:
        """Stop it; its last words."""
        if self.exit_code is None:
            if self._process.poll() is None:
                self.terminate()
            try:
                self.exit_code = self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self.exit_code = self._process.wait(5)
            for reader in self._readers:
                reader.join(5)
            for stream in (self._process.stdout, self._process.stderr):
                if stream is not None:
                    stream.close()
        stopped = self.of("stopped")
        return stopped[0] if stopped else {}

    def _read_lines(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        self.errors.extend(self._process.stderr)

    def _take(self, line: str) -> None:
        try:
            self.events.append(json.loads(line))
        except json.JSONDecodeError:
            self.noise.append(line)


@pytest.fixture
def gateway() -> Iterator[Callable[..., GatewayProcess]]:
    """Start gateways; each must stop by itself, with exit code 0 and without a mishap in a callback."""
    started: list[GatewayProcess] = []

    def start(**arguments: Any) -> GatewayProcess:
        started.append(GatewayProcess(arguments))
        return started[-1]

    yield start
    last_words = [(process.stop(), process) for process in started]
    for words, process in last_words:
        assert process.exit_code == 0, process.errors[-20:]
        assert {name: count for name, count in words["counters"].items() if name.startswith("mishap")} == {}


class PhoneProcess:
    """The phone's command line, running."""

    def __init__(self, port: int, arguments: tuple[str, ...], *, number: str = "100") -> None:
        command = [sys.executable, "-m", "voiceagent.testing.phone_process", "--json"]
        self._process = subprocess.Popen(
            [*command, "--dial", f"sip:{number}@127.0.0.1:{port}", *arguments],
            cwd=_ROOT,
            env=_ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def reports(self, timeout_s: float = 50.0) -> list[dict[str, Any]]:
        """Wait for it to finish; its calls."""
        try:
            output, errors = self._process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            self.close()
            raise
        assert self._process.returncode in {0, 1}, errors
        return [json.loads(line) for line in output.splitlines()]

    def close(self) -> None:
        """Make sure that it is gone."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()

    def report(self) -> dict[str, Any]:
        """Its only call."""
        (only,) = self.reports()
        return only


@pytest.fixture
def phone() -> Iterator[Callable[..., PhoneProcess]]:
    """Place calls: `phone(port, "--tone", "440", number="100")`."""
    started: list[PhoneProcess] = []

    def start(port: int, *arguments: str, number: str = "100") -> PhoneProcess:
        started.append(PhoneProcess(port, arguments, number=number))
        return started[-1]

    yield start
    for process in started:
        process.close()


@pytest.fixture
def sipp(tmp_path: Path) -> Callable[..., None]:
    """Run a scenario of tests/acceptance/sipp; fails with SIPp's own words."""
    program = shutil.which("sipp")
    if program is None:
        pytest.fail("SIPp is missing: apt-get install sip-tester")

    def run(scenario: str, port: int, *, source: str = "127.0.0.1", number: str = "100", timeout_s: int = 30) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((source, 0))
            own_port = probe.getsockname()[1]
        command = [program, f"127.0.0.1:{port}", "-sf", str(_SCENARIOS / f"{scenario}.xml"), "-s", number, "-m", "1"]
        command += ["-i", source, "-p", str(own_port), "-mi", source, "-timeout", str(timeout_s), "-timeout_error"]
        command += ["-nostdin", "-trace_err", "-error_file", str(tmp_path / f"{scenario}.errors")]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=timeout_s + 15, check=False
        )
        errors = tmp_path / f"{scenario}.errors"
        told = errors.read_text() if errors.exists() else ""
        assert done.returncode == 0, f"{scenario}: exit code {done.returncode}\n{told}\n{done.stderr[-2000:]}"

    return run


def read_stereo(path: Path) -> tuple[np.ndarray, np.ndarray]:
    samples, rate = soundfile.read(path, dtype="int16")
    assert rate == 16_000
    return samples[:, 0], samples[:, 1]


@pytest.fixture
def stereo() -> Callable[[Path], tuple[np.ndarray, np.ndarray]]:
    """Read a recording of the phone: what it sent, what it heard."""
    return read_stereo
