"""What every process of ours has in common: settings from a file, logging, stop signals, saying when it is ready."""

import argparse
import asyncio
import os
import resource
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from voiceagent.config.logging import LogOptions, set_up_logging
from voiceagent.config.secrets_file import InternalSecrets, load_or_make
from voiceagent.config.settings import Settings, settings_from_file
from voiceagent.core.errors import VoiceagentError, first_error

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessContext:
    """What `main` of a process is given. `stop` is set when the process shall drain and end."""

    name: str
    index: int
    settings: Settings
    secrets: InternalSecrets
    stop: asyncio.Event
    ready: Callable[[], None]

    @property
    def instance(self) -> str:
        """Unique among the processes that run now: `sip-0.4711`."""
        return f"{self.name}-{self.index}.{os.getpid()}"


def ready_file(state: Path, name: str, index: int) -> Path:
    """The file that holds a process's pid once it serves."""
    return state / "run" / f"{name}-{index}.ready"


def run_process(name: str, main: Callable[[ProcessContext], Awaitable[None]]) -> None:
    """Entry point of `python -m voiceagent.apps.<name> --settings FILE [--index N]`."""
    parser = argparse.ArgumentParser(prog=f"voiceagent.apps.{name}", description=f"The {name} process of voiceagent.")
    parser.add_argument("--settings", type=Path, required=True, help="settings file written by the supervisor")
    parser.add_argument("--index", type=int, default=0, help="number of this process among its kind")
    arguments = parser.parse_args()
    settings = settings_from_file(arguments.settings)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold what callers say and type
    set_up_logging(LogOptions(process=name, as_json=settings.log_json, show_pii=settings.log_pii))
    try:
        asyncio.run(_run(name, arguments.index, settings, main))
    except* VoiceagentError as group:  # what is wrong and what to do, without the way through our code
        sys.exit(f"{name}-{arguments.index}: {first_error(group)}")


async def _run(name: str, index: int, settings: Settings, main: Callable[[ProcessContext], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    path = ready_file(settings.state_dir, name, index)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)

    def ready() -> None:
        draft = path.with_suffix(".draft")
        draft.write_text(str(os.getpid()))
        draft.replace(path)
        _log.info("process ready", process=name, index=index)

    context = ProcessContext(
        name=name,
        index=index,
        settings=settings,
        secrets=load_or_make(settings.state_dir),
        stop=stop,
        ready=ready,
    )
    try:
        await main(context)
    finally:
        path.unlink(missing_ok=True)
