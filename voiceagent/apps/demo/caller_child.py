"""The caller, a process of its own: the SIP library allows one endpoint per process, and a real caller is far away."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voiceagent.apps.free_ports import free_port_range
from voiceagent.core.errors import Unavailable
from voiceagent.testing.caller.report import CallerEvent, CallerReport, read_event
from voiceagent.testing.caller.script import Script, write_script

_RTP_PORTS: Final = 64  # the phone's own range, see SipOptions
_LINE_BYTES: Final = 1 << 20
_EXIT_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerOrder:
    """Whom to call, with which script, and where to put what was heard."""

    uri: str
    script: Script
    out: Path
    host: str
    nice: int
    max_s: float


async def caller_events(order: CallerOrder) -> AsyncIterator[CallerEvent]:
    """Run the caller; its events as they come, the report last. Raises Unavailable when it ends without one.

    Leaving early ends the process.
    """
    order.out.mkdir(parents=True, exist_ok=True)
    script_file, log_file = order.out / "caller_script.json", order.out / "caller.log"
    script_file.write_bytes(write_script(order.script))
    with log_file.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *_command(order, script_file), stdout=asyncio.subprocess.PIPE, stderr=log, limit=_LINE_BYTES
        )
    reported = False
    try:
        if process.stdout is not None:
            async for line in process.stdout:
                event = read_event(line)
                reported = reported or isinstance(event, CallerReport)
                yield event
        async with asyncio.timeout(_EXIT_S):
            code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if not reported:
        tail = log_file.read_text(errors="replace").strip().splitlines()[-5:]
        raise Unavailable(f"the caller process ended with code {code} and no report: {' '.join(tail) or log_file}")


def _command(order: CallerOrder, script_file: Path) -> list[str]:
    return [
        sys.executable,
        "-m",
        "voiceagent.testing.caller.process",
        *("--uri", order.uri),
        *("--script", str(script_file)),
        *("--out", str(order.out)),
        *("--host", order.host),
        *("--rtp-port", str(free_port_range(order.host, _RTP_PORTS))),
        *("--nice", str(order.nice)),
        *("--max-seconds", str(order.max_s)),
        "--json",
    ]
