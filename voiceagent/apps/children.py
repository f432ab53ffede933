"""Child processes of the supervisor: start, wait until ready, restart when they die, stop in order."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from voiceagent.apps.embedded.process import end
from voiceagent.apps.process import ready_file
from voiceagent.core.clock import Clock
from voiceagent.core.errors import Unavailable, VoiceagentError

_log = structlog.get_logger(__name__)
_POLL_S = 0.05
_STABLE_S = 30.0  # a process that lived this long starts again at once; younger ones back off
_MAX_BACKOFF_S = 10.0
_RETRY_S = 5.0  # when not even a process can be had: the machine is out of memory, processes or files


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """`python -m voiceagent.apps.<module> --settings FILE --index N`.

    Children of a lower `stage` are needed by those of a higher one, so they stop after them.
    """

    module: str
    index: int = 0
    stage: int = 0

    @property
    def name(self) -> str:
        return f"{self.module}-{self.index}"


@dataclass(slots=True)
class _Child:
    spec: ChildSpec
    process: asyncio.subprocess.Process | None = None
    started_s: float = 0.0
    failures: int = 0
    restarts: int = field(default=0)


class Children:
    """Owns the processes of one installation. `log_folder` gets one file per child.

    retry_s: the pause after a process could not even be made.
    """

    def __init__(
        self, state: Path, settings_file: Path, log_folder: Path, clock: Clock, *, retry_s: float = _RETRY_S
    ) -> None:
        self._state = state
        self._settings_file = settings_file
        self._log_folder = log_folder
        self._clock = clock
        self._retry_s = retry_s
        self._children: dict[str, _Child] = {}
        self._stopping = False

    def pid(self, name: str) -> int | None:
        """The pid of a running child."""
        child = self._children.get(name)
        return child.process.pid if child and child.process and child.process.returncode is None else None

    def restarts(self, name: str) -> int:
        return self._children[name].restarts

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._children)

    def end_left_over(self) -> None:
        """End what a killed supervisor left running: it holds our ports. Only under the supervisor's lock; blocks."""
        for path in self._settings_file.parent.glob("*.ready"):
            text = path.read_text()
            if text.isdigit():
                end(int(text), str(self._settings_file), ((signal.SIGTERM, 20.0), (signal.SIGKILL, 5.0)))
            path.unlink(missing_ok=True)

    async def start(self, specs: list[ChildSpec], timeout_s: float, on_ready: Callable[[str], None]) -> None:
        """Start all and wait until each has said that it serves. Raises Unavailable with the end of the log."""
        self._log_folder.mkdir(parents=True, exist_ok=True)
        for spec in specs:
            child = self._children[spec.name] = _Child(spec)
            await self._spawn(child)
        async with asyncio.TaskGroup() as tasks:
            for spec in specs:
                tasks.create_task(self._until_ready(self._children[spec.name], timeout_s, on_ready))

    async def watch(self) -> None:
        """Restart what dies; runs until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for child in self._children.values():
                tasks.create_task(self._keep_alive(child))

    async def stop(self, timeout_s: float) -> None:
        """SIGTERM to all, the highest stage first; SIGKILL to what is left after each stage's time."""
        self._stopping = True
        for stage in sorted({child.spec.stage for child in self._children.values()}, reverse=True):
            processes = [child.process for child in self._children.values() if child.spec.stage == stage]
            await _end([process for process in processes if process is not None], timeout_s)

    async def _spawn(self, child: _Child) -> None:
        spec = child.spec
        ready_file(self._state, spec.module, spec.index).unlink(missing_ok=True)
        descriptor = os.open(self._log_path(spec), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            child.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                f"voiceagent.apps.{spec.module}",
                "--settings",
                str(self._settings_file),
                "--index",
                str(spec.index),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                start_new_session=True,  # Ctrl-C is for the supervisor, which then stops its children in order
            )
        finally:
            os.close(descriptor)
        child.started_s = self._clock.monotonic()

    async def _until_ready(self, child: _Child, timeout_s: float, on_ready: Callable[[str], None]) -> None:
        path = ready_file(self._state, child.spec.module, child.spec.index)
        deadline_s = self._clock.monotonic() + timeout_s
        while not path.exists():
            ended = child.process is None or child.process.returncode is not None
            if ended or self._clock.monotonic() > deadline_s:
                what = "ended before it was ready" if ended else f"was not ready in {timeout_s:.0f} s"
                raise Unavailable(f"{child.spec.name} {what}; the end of its log:\n{self._log_tail(child.spec)}")
            await asyncio.sleep(_POLL_S)
        on_ready(child.spec.name)

    async def _keep_alive(self, child: _Child) -> None:
        while child.process is not None:
            code = await child.process.wait()
            if self._stopping:
                return
            lived_s = self._clock.monotonic() - child.started_s
            child.failures = 0 if lived_s >= _STABLE_S else child.failures + 1
            pause_s = min(_MAX_BACKOFF_S, 0.1 * 2**child.failures)
            _log.error("child died and is started again", child=child.spec.name, code=code, pause_s=pause_s)
            await asyncio.sleep(pause_s)
            child.restarts += 1
            await self._spawn_at_last(child)

    async def _spawn_at_last(self, child: _Child) -> None:
        """Spawn; what the machine refuses now is tried again, since the other children may well run calls."""
        while not self._stopping:
            try:
                await self._spawn(child)
            except (VoiceagentError, OSError, subprocess.SubprocessError) as error:
                _log.error("child not started", child=child.spec.name, problem=str(error), pause_s=self._retry_s)
                await asyncio.sleep(self._retry_s)
            else:
                return

    def _log_path(self, spec: ChildSpec) -> Path:
        return self._log_folder / f"{spec.name}.log"

    def _log_tail(self, spec: ChildSpec) -> str:
        lines = self._log_path(spec).read_text(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-15:])


async def _end(processes: list[asyncio.subprocess.Process], timeout_s: float) -> None:
    for process in processes:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(timeout_s):
            await asyncio.gather(*(process.wait() for process in processes))
    except TimeoutError:
        for process in processes:
            if process.returncode is None:
                _log.warning("child killed at shutdown", pid=process.pid)
                process.kill()
                await process.wait()
