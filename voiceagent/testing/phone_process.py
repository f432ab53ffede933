"""A phone on the command line: `python -m voiceagent.testing.phone_process --dial sip:100@127.0.0.1:5060 --json`.

Places calls, plays a WAV or a tone into them, presses keys, records both directions, prints one JSON line per call.
Exit code 0 when every call was answered, 1 when one was not, 2 for wrong arguments.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Coroutine, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voiceagent.audio.frame import Pcm, ms_to_samples
from voiceagent.audio.tone import make_tone
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import VoiceagentError, first_error
from voiceagent.gateways.sip.options import CODEC_IDS, SipOptions
from voiceagent.testing.phone import PhoneCall, SipPhone
from voiceagent.testing.phone_media import ScriptedTalk, read_wav, write_stereo

_GOODBYE_S = 0.3  # for the BYE to be answered before the endpoint goes down


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReport:
    """The JSON line. `code` and `reason` are those of the final answer or the far end's BYE; 0 when we hung up."""

    uri: str
    answered: bool
    code: int
    reason: str
    codec: str
    sip_call_id: str
    frames_sent: int
    frames_heard: int
    packets_received: int
    packets_lost: int
    ended_by: str  # caller (this phone) | callee
    answer_ms: int  # dial to media; -1 when not answered
    mishaps: dict[str, int]


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line; exits with code 2 when it is wrong."""
    parser = argparse.ArgumentParser(prog="phone_process", description=__doc__)
    parser.add_argument("--dial", required=True, metavar="URI")
    parser.add_argument("--play", type=Path, metavar="WAV", help="say this after the answer")
    parser.add_argument("--play-at", type=float, default=0.0, metavar="S", help="seconds of silence before it")
    parser.add_argument("--tone", type=float, metavar="HZ", help="say a tone for the whole call")
    parser.add_argument("--record", type=Path, metavar="WAV", help="stereo: left = sent, right = heard")
    parser.add_argument("--digits", action="append", default=[], metavar="D@S", help="press keys D S seconds in")
    parser.add_argument("--hold", action="append", default=[], metavar="FROM-TO", help="hold the far end (seconds)")
    parser.add_argument("--seconds", type=float, default=10.0, help="hang up so long after the answer")
    parser.add_argument("--cancel-after", type=float, metavar="S", help="give up so long after dialling")
    parser.add_argument("--answer-timeout", type=float, default=15.0, metavar="S")
    parser.add_argument("--caller", default="phone")
    parser.add_argument("--username", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--codecs", default="PCMU,PCMA,G722", help=f"of {','.join(CODEC_IDS)}, preferred first")
    parser.add_argument("--calls", type=int, default=1, help="how many calls in all")
    parser.add_argument("--parallel", type=int, default=1, help="how many of them at a time (4 at most)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--sip-port", type=int, default=0)
    parser.add_argument("--rtp-port", type=int, default=30_000)
    parser.add_argument("--sip-log", type=Path, help="write the library's log here")
    parser.add_argument("--json", action="store_true", help="JSON lines (the default and only format)")
    return parser.parse_args(arguments)


async def run(arguments: argparse.Namespace) -> int:
    """Place all calls; the exit code."""
    options = SipOptions(
        host=arguments.host,
        sip_port=arguments.sip_port,
        rtp_port=arguments.rtp_port,
        codecs=tuple(arguments.codecs.split(",")),
        user_agent="voiceagent-phone",
        log_path=arguments.sip_log,
        media_timeout_s=3600.0,  # the phone stays on the line however silent it is
    )
    say = _script(arguments)
    numbers = iter(range(arguments.calls))
    reports: list[CallReport] = []

    async def caller() -> None:
        for number in numbers:
            report = await _one_call(phone, arguments, say, record=arguments.record if number == 0 else None)
            reports.append(report)
            print(json.dumps(asdict(report)), flush=True)  # noqa: T201  # the output of this command

    async with SipPhone(options) as phone:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(arguments.parallel, arguments.calls)):
                tasks.create_task(caller())
        await asyncio.sleep(_GOODBYE_S)
    return 0 if all(report.answered for report in reports) else 1


def _script(arguments: argparse.Namespace) -> Pcm:
    """What the phone says. (samples,)"""
    if arguments.tone:
        return make_tone(arguments.tone, arguments.seconds)
    said = read_wav(arguments.play) if arguments.play else np.zeros(0, np.int16)
    return np.concatenate((np.zeros(ms_to_samples(arguments.play_at * 1000), np.int16), said))


async def _one_call(phone: SipPhone, arguments: argparse.Namespace, say: Pcm, *, record: Path | None) -> CallReport:
    talk = ScriptedTalk(say, keep=record is not None)
    clock = SystemClock()
    dialled_s = clock.monotonic()
    call = await phone.dial(
        arguments.dial, talk, caller=arguments.caller, username=arguments.username, password=arguments.password
    )
    answered, answer_ms = False, -1
    try:
        answered = await call.answered(arguments.cancel_after or arguments.answer_timeout)
        answer_ms = round((clock.monotonic() - dialled_s) * 1000) if answered else -1
    except TimeoutError:
        await call.hang_up()
    if answered:
        await _talk(call, arguments)
    end = await call.ended()
    if record is not None:
        write_stereo(record, talk.sent(), talk.heard())
    return CallReport(
        uri=arguments.dial,
        answered=answered,
        code=end.sip_code,
        reason=end.phrase or end.termination.reason.value,
        codec=call.codec,
        sip_call_id=call.sip_call_id,
        frames_sent=talk.frames_sent,
        frames_heard=talk.frames_heard,
        packets_received=end.quality.packets_received,
        packets_lost=end.quality.packets_lost,
        ended_by="caller" if end.sip_code == 0 else "callee",
        answer_ms=answer_ms,
        mishaps=phone.mishaps,
    )


async def _talk(call: PhoneCall, arguments: argparse.Namespace) -> None:
    """Follow the script until the far end hangs up or the time is over."""
    actions: list[tuple[float, Coroutine[Any, Any, None]]] = []
    for text in arguments.digits:
        digits, _, at = text.partition("@")
        actions.append((float(at or 0.0), call.send_digits(digits)))
    for text in arguments.hold:
        begin, _, end = text.partition("-")
        actions += [(float(begin), call.hold(on=True)), (float(end), call.hold(on=False))]
    actions.append((arguments.seconds, call.hang_up()))
    actions.sort(key=lambda action: action[0])
    passed_s = 0.0
    while actions:
        at_s, action = actions.pop(0)
        try:
            await call.ended(timeout_s=max(0.001, at_s - passed_s))
        except TimeoutError:
            passed_s = max(passed_s, at_s)
            await action
        else:
            action.close()
            for _, left in actions:
                left.close()
            return


def main() -> int:
    """Entry point."""
    arguments = parse_arguments(sys.argv[1:])
    try:
        return asyncio.run(run(arguments))
    except Exception as failure:
        error = first_error(failure) if isinstance(failure, ExceptionGroup) else failure
        if not isinstance(error, VoiceagentError | ValueError | OSError):
            raise
        print(f"phone: {error}", file=sys.stderr)  # noqa: T201  # the output of this command
        return 2


if __name__ == "__main__":
    sys.exit(main())
