"""The scripted caller against a made agent behind a real SIP gateway: what it says, hears, measures and reports."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from voiceagent.apps.demo.caller_child import CallerOrder, caller_events
from voiceagent.apps.demo.measure import measure
from voiceagent.apps.free_ports import free_port_range
from voiceagent.audio.frame import FRAME_SAMPLES
from voiceagent.audio.tone import tone_share
from voiceagent.audio.wav import decode_wav
from voiceagent.testing.caller.report import CallerReport, Dialled, Saying
from voiceagent.testing.caller.script import Role, Say, SayOver, Script, WaitForAgent, WaitForEnd

_TURNS_MS = [1500, 4000, 5000, 1500]
_SCRIPT = Script(
    name="test",
    steps=(
        WaitForAgent(silence_ms=700),
        Say(text="Where is my order?"),
        SayOver(text="Mm-hm.", role=Role.BACKCHANNEL, after_ms=1000),
        WaitForAgent(spoken_ms=1000, silence_ms=700),
        Say(text="How do I return it?"),
        SayOver(text="No wait, actually, I meant something else.", role=Role.BARGE_IN, after_ms=1500),
        WaitForAgent(spoken_ms=1000, silence_ms=700),
        WaitForEnd(),
    ),
)


@pytest.fixture
async def uri() -> AsyncIterator[str]:
    arguments = json.dumps({"turns_ms": _TURNS_MS, "rtp_port": free_port_range("127.0.0.1", 64)})
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).parent / "answering_gateway.py"), arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        ready = json.loads(await process.stdout.readline())
        yield f"sip:100@127.0.0.1:{ready['sip_port']}"
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


def _order(uri: str, out: Path, script: Script) -> CallerOrder:
    return CallerOrder(uri=uri, script=script, out=out, host="127.0.0.1", nice=0, max_s=50)


async def test_a_scripted_call_is_held_measured_and_reported(uri: str, tmp_path: Path) -> None:
    events = [event async for event in caller_events(_order(uri, tmp_path, _SCRIPT))]

    report = events[-1]
    assert isinstance(report, CallerReport)
    assert isinstance(events[0], Dialled)
    assert (report.failure, report.answered, report.ended_by) == ("", True, "agent")
    assert [event.text for event in events if isinstance(event, Saying)] == list(_SCRIPT.texts)
    said, heard = decode_wav(Path(report.recording).read_bytes()).channels
    assert len(said) == len(heard) == report.frames * FRAME_SAMPLES
    assert all(said[line.start : line.end].any() for line in report.lines)
    measured = measure(heard, report.lines)
    assert len(measured.response_latency_ms) == 2
    assert all(350 <= latency <= 900 for latency in measured.response_latency_ms)  # it answers 400 ms after our end
    assert 850 <= measured.barge_in_stop_ms[0] <= 1500  # it gives way after 900 ms of our speech
    assert measured.backchannels_survived == 1
    first_answer = measured.lines[0].line.end + int((measured.lines[0].response_ms or 0) * 16)
    assert tone_share(heard[first_answer + 1600 : first_answer + 12_800], 700.0) > 0.9


async def test_a_caller_who_waits_in_vain_says_for_what(uri: str, tmp_path: Path) -> None:
    script = Script(name="vain", steps=(WaitForAgent(spoken_ms=60_000, timeout_ms=3000),))

    events = [event async for event in caller_events(_order(uri, tmp_path, script))]

    report = events[-1]
    assert isinstance(report, CallerReport)
    assert report.failure == "hear the agent speak for 60 s and finish: not within 3 s"
    assert report.ended_by == "caller"


async def test_a_call_that_nobody_answers_is_reported(uri: str, tmp_path: Path) -> None:
    events = [event async for event in caller_events(_order(uri.replace("100@", "999@"), tmp_path, _SCRIPT))]

    report = events[-1]
    assert isinstance(report, CallerReport)
    assert (report.answered, report.failure) == (False, "the call was not answered")
    assert report.code >= 400
