"""Callers in processes of their own: the SIP library allows one endpoint per process."""

import itertools
import json
import queue
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voiceagent.audio.frame import Pcm
from voiceagent.audio.wav import decode_wav
from voiceagent.testing.caller.report import CallerReport, Dialled, Saying, read_event
from voiceagent.testing.caller.script import (
    AnyStep,
    CallerVoice,
    HangUp,
    Press,
    Role,
    Say,
    SayOver,
    Script,
    WaitForAgent,
    WaitForEnd,
    write_script,
)

ANNA = "+12025550101"  # a customer of the demo CRM with orders 4021 and 4217
# Below the range that the installation takes its ports from; each phone has 64 of its own.
_RTP_PORTS = itertools.cycle(range(10_000, 19_900, 64))


def listen(spoken_s: float, silence_s: float = 0.8) -> WaitForAgent:
    """Until the agent has spoken for so long and has then been silent."""
    return WaitForAgent(spoken_ms=round(spoken_s * 1000), silence_ms=round(silence_s * 1000))


def say(text: str) -> Say:
    return Say(text=text, role=Role.QUESTION)


def over(text: str, role: Role, after_s: float) -> SayOver:
    """Say it while the agent speaks."""
    return SayOver(text=text, role=role, after_ms=round(after_s * 1000))


def press(keys: str) -> Press:
    return Press(keys=keys)


# What the brief profile says (see `installation`): listened to for most of its length.
OPENING = listen(3.0)
GREETING = listen(0.8)
SLOT_QUESTION = listen(0.6)
ANSWER = listen(1.0)
YES = press("1")  # most tests are not about being understood
YES_ALOUD = say("Yes, you may.")
HANG_UP = HangUp()
VOICE = CallerVoice(name="en-us")
RECORDED = CallerVoice(recorded="sky")  # a voice whose digits survive the telephone; says the demo's lines only
UNTIL_END = WaitForEnd(timeout_ms=60_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledBack:
    """How a call was for the caller: the report, and both directions on one sample clock."""

    report: CallerReport
    said: Pcm
    heard: Pcm


class Caller:
    """Plays a script against a SIP address. Leaves nothing behind: `finish` or `vanish`."""

    def __init__(
        self, uri: str, steps: tuple[AnyStep, ...], folder: Path, *, number: str = ANNA, voice: CallerVoice = VOICE
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        script = folder / "script.json"
        script.write_bytes(write_script(Script(name=folder.name, steps=steps, caller=number, voice=voice)))
        command = [sys.executable, "-m", "voiceagent.testing.caller.process", "--json"]
        command += ["--uri", uri, "--script", str(script), "--out", str(folder)]
        command += ["--rtp-port", str(next(_RTP_PORTS)), "--max-seconds", "120"]
        with (folder / "caller.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        self._log = folder / "caller.log"
        self._events: queue.Queue[Dialled | Saying | CallerReport | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._told: list[Dialled | Saying | CallerReport] = []
        self._ended = False

    @property
    def sip_call_id(self) -> str:
        """Waits until the INVITE is out."""
        dialled = self._next(Dialled, 30.0)
        assert isinstance(dialled, Dialled)
        return dialled.sip_call_id

    def said(self, lines: int, timeout_s: float = 60.0) -> None:
        """Wait until the caller has begun so many lines."""
        for number in range(lines):
            self._next(Saying, timeout_s, number)

    def finish(self, timeout_s: float = 100.0) -> CalledBack:
        """Wait for the end of the call."""
        report = self._next(CallerReport, timeout_s)
        assert isinstance(report, CallerReport)
        assert report.mishaps == {}
        self._close()
        if not report.answered:
            empty = decode_wav(Path(report.recording).read_bytes()).channels
            return CalledBack(report=report, said=empty[0], heard=empty[1])
        said, heard = decode_wav(Path(report.recording).read_bytes()).channels
        return CalledBack(report=report, said=said, heard=heard)

    def vanish(self) -> None:
        """The phone's battery is empty: no BYE. Harmless after the end."""
        if self._process.poll() is None:
            self._process.kill()
        self._close()

    def _next(self, kind: type, timeout_s: float, skip: int = 0) -> Dialled | Saying | CallerReport:
        deadline_s = time.monotonic() + timeout_s
        while True:
            of_kind = [event for event in self._told if isinstance(event, kind)]
            if len(of_kind) > skip:
                return of_kind[skip]
            try:
                event_or_end = self._events.get(timeout=max(0.01, deadline_s - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {kind.__name__} within {timeout_s:g} s; saw {self._told}") from None
            assert event_or_end is not None, (
                f"the caller ended after {self._told}: {self._log.read_text(errors='replace')[-2000:]}"
            )
            self._told.append(event_or_end)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._events.put(read_event(line))
        self._events.put(None)

    def _close(self) -> None:
        if self._ended:
            return
        self._ended = True
        self._process.wait(20)
        self._reader.join(5)
        if self._process.stdout is not None:
            self._process.stdout.close()


class Phone:
    """The plain phone: dials, sends a tone, hangs up after some time; says nothing and reacts to nothing."""

    def __init__(self, uri: str, *arguments: str, host: str = "127.0.0.1") -> None:
        command = [sys.executable, "-m", "voiceagent.testing.phone_process", "--json", "--dial", uri, "--host", host]
        self._process = subprocess.Popen(
            [*command, "--rtp-port", str(next(_RTP_PORTS)), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def reports(self, timeout_s: float = 60.0) -> list[dict[str, Any]]:
        """Its calls, once all have ended."""
        try:
            output, errors = self._process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise
        assert self._process.returncode in {0, 1}, errors
        return [json.loads(line) for line in output.splitlines()]

    def report(self) -> dict[str, Any]:
        """Its only call."""
        (only,) = self.reports()
        return only
