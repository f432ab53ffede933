"""The caller as a process: `python -m voiceagent.testing.caller.process --uri sip:... --script demo.json --out DIR`.

Places one call, follows the script, writes `caller.wav` (left = said, right = heard, on the caller's frame clock) and
`caller.json` into DIR, and prints JSON lines while it goes (see `report`). Exit code 0 when the script went through to
its end, 1 when not, 2 for wrong arguments.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from voiceagent.audio.frame import FRAME_SAMPLES, samples_to_ms
from voiceagent.audio.wav import encode_wav
from voiceagent.config.logging import LogOptions, set_up_logging
from voiceagent.core.errors import VoiceagentError
from voiceagent.gateways.sip.line_event import LineEnded
from voiceagent.gateways.sip.options import SipOptions
from voiceagent.testing.caller.media import CallerMedia
from voiceagent.testing.caller.report import CallerEvent, CallerReport, Dialled, Saying, write_event
from voiceagent.testing.caller.runner import CallerTurn, ScriptRunner
from voiceagent.testing.caller.script import read_script
from voiceagent.testing.caller.voice import render_lines
from voiceagent.testing.phone import PhoneCall, SipPhone

_GOODBYE_S: Final = 0.3  # for the BYE to be answered before the endpoint goes down
_ANSWER_S: Final = 15.0


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line; exits with code 2 when it is wrong."""
    parser = argparse.ArgumentParser(prog="caller", description=__doc__)
    parser.add_argument("--uri", required=True, metavar="SIP_URI")
    parser.add_argument("--script", required=True, type=Path, metavar="JSON")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR")
    parser.add_argument("--codecs", default="PCMU,PCMA,G722", help="preferred first")
    parser.add_argument("--username", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--rtp-port", type=int, default=30_000)
    parser.add_argument("--nice", type=int, default=0, help="of the media threads; a starved caller measures itself")
    parser.add_argument("--max-seconds", type=float, default=300.0)
    parser.add_argument("--json", action="store_true", help="JSON lines (the default and only format)")
    return parser.parse_args(arguments)


async def run(arguments: argparse.Namespace) -> int:
    """Place the call; the exit code."""
    script = read_script(arguments.script.read_bytes())
    arguments.out.mkdir(parents=True, exist_ok=True)
    options = SipOptions(
        host=arguments.host,
        sip_port=0,
        rtp_port=arguments.rtp_port,
        codecs=tuple(arguments.codecs.split(",")),
        user_agent="voiceagent-caller",
        media_timeout_s=arguments.max_seconds,  # how long to listen is the script's business
        nice=arguments.nice,
    )
    runner = ScriptRunner(script, render_lines(script))
    async with SipPhone(options) as phone:
        report = await _call(phone, arguments, runner)
        await asyncio.sleep(_GOODBYE_S)
    _tell(report)
    (arguments.out / "caller.json").write_bytes(write_event(report))
    return 0 if report.answered and not report.failure else 1


async def _call(phone: SipPhone, arguments: argparse.Namespace, runner: ScriptRunner) -> CallerReport:
    turns: asyncio.Queue[CallerTurn] = asyncio.Queue()  # bounded by the script: one entry per step at most
    loop = asyncio.get_running_loop()
    media = CallerMedia(runner, lambda turn: _hand_over(loop, turns, turn))
    call = await phone.dial(
        arguments.uri, media, caller=runner.script.caller, username=arguments.username, password=arguments.password
    )
    _tell(Dialled(sip_call_id=call.sip_call_id))
    try:
        answered = await call.answered(_ANSWER_S)
    except TimeoutError:
        answered = False
        await call.hang_up()
    if answered:
        await _follow(call, turns, arguments.max_seconds)
    end = await call.ended()
    report = _report(arguments, runner, media, call, end)
    return msgspec.structs.replace(report, mishaps=phone.mishaps)


async def _follow(call: PhoneCall, turns: "asyncio.Queue[CallerTurn]", max_s: float) -> None:
    """Press keys and hang up as the script wants, until the call is over or `max_s` have passed."""

    async def act() -> None:
        while True:
            turn = await turns.get()
            if turn.said is not None:
                at_ms = samples_to_ms(turn.said.start)
                _tell(Saying(text=turn.said.text, role=turn.said.role, at_ms=at_ms))
            if turn.keys:
                await call.send_digits(turn.keys)
            if turn.hang_up:
                await call.hang_up()

    async with asyncio.TaskGroup() as tasks:
        acting = tasks.create_task(act())
        try:
            await call.ended(max_s)
        except TimeoutError:
            await call.hang_up()
        acting.cancel()


def _report(
    arguments: argparse.Namespace, runner: ScriptRunner, media: CallerMedia, call: PhoneCall, end: LineEnded
) -> CallerReport:
    said, heard = media.recorded()
    recording = arguments.out / "caller.wav"
    recording.write_bytes(encode_wav(said, heard))
    by_agent = end.sip_code != 0
    return CallerReport(
        uri=arguments.uri,
        sip_call_id=call.sip_call_id,
        answered=bool(call.codec),
        code=end.sip_code,
        reason=end.phrase or end.termination.reason.value,
        codec=call.codec,
        ended_by="agent" if by_agent else "caller",
        script=runner.script.name,
        failure=_failure(runner, answered=bool(call.codec), by_agent=by_agent),
        frames=len(heard) // FRAME_SAMPLES,
        lines=tuple(runner.spoken),
        recording=str(recording),
        mishaps={},
    )


def _failure(runner: ScriptRunner, *, answered: bool, by_agent: bool) -> str:
    if not answered:
        return "the call was not answered"
    if runner.failure:
        return runner.failure
    unfinished = runner.waiting_for
    if by_agent and unfinished and not runner.at_end:
        return f"the agent hung up while the caller was to {unfinished}"
    return "" if not unfinished or by_agent else f"the time was over while the caller was to {unfinished}"


def _hand_over(loop: asyncio.AbstractEventLoop, turns: "asyncio.Queue[CallerTurn]", turn: CallerTurn) -> None:
    """From the media thread to the event loop."""
    loop.call_soon_threadsafe(turns.put_nowait, turn)


def _tell(event: CallerEvent) -> None:
    sys.stdout.buffer.write(write_event(event) + b"\n")
    sys.stdout.buffer.flush()


def main() -> int:
    """Entry point."""
    arguments = parse_arguments(sys.argv[1:])
    set_up_logging(LogOptions(process="caller"))  # to stderr: stdout carries the report
    try:
        return asyncio.run(run(arguments))
    except (VoiceagentError, ValueError, OSError) as error:
        print(f"caller: {error}", file=sys.stderr)  # noqa: T201  # the output of this command
        return 2


if __name__ == "__main__":
    sys.exit(main())
