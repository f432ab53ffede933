"""Plays a script against a line, a frame at a time. Pure: heard frame in, frame and keys out, time is frames."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from voiceagent.audio.frame import FRAME_BYTES, FRAME_MS, FRAME_SAMPLES, SILENCE, Pcm, to_bytes
from voiceagent.audio.spans import sound_spans
from voiceagent.testing.caller.hearing import LineHearing
from voiceagent.testing.caller.script import (
    AnyStep,
    HangUp,
    Pause,
    Press,
    Role,
    Say,
    SayOver,
    Script,
    WaitForAgent,
    WaitForEnd,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenLine:
    """A line and where its sound lies in what was sent: samples [start, end) from the first frame on."""

    text: str
    role: Role
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerTurn:
    """What the caller does in these 20 ms. `said` is set in the frame in which a line begins."""

    frame: bytes
    keys: str = ""
    hang_up: bool = False
    said: SpokenLine | None = None


class ScriptRunner:
    """One caller on one call. `lines` holds the audio (samples,) of each of the script's texts."""

    def __init__(self, script: Script, lines: Mapping[str, Pcm]) -> None:
        self.script = script
        self._steps = list(script.steps)
        self._lines = lines
        self._hearing = LineHearing()
        self._frames = 0
        self._step_began = 0
        self._speech: list[bytes] = []  # what is left of the line being said
        self.spoken: list[SpokenLine] = []
        self.failure = ""  # the step that waited in vain

    @property
    def waiting_for(self) -> str:
        """What has not happened yet; empty when the script is through."""
        return _describe(self._steps[0]) if self._steps else ""

    @property
    def at_end(self) -> bool:
        """Nothing is left to do but to hear the far end hang up."""
        return all(isinstance(step, WaitForEnd) for step in self._steps)

    def step(self, heard: bytes) -> CallerTurn:
        """Take 20 ms of the far end, give 20 ms back."""
        self._hearing.hear(heard)
        turn = self._speak() if self._speech else self._act()
        self._frames += 1
        return turn

    def _speak(self) -> CallerTurn:
        frame = self._speech.pop(0)
        if not self._speech:
            self._go_on()
        return CallerTurn(frame=frame)

    def _act(self) -> CallerTurn:
        if not self._steps:
            return CallerTurn(frame=SILENCE)
        step = self._steps[0]
        match step:
            case Say():
                return self._begin_line(step)
            case SayOver() if self._hearing.audible and self._hearing.stretch_ms >= step.after_ms:
                return self._begin_line(step)
            case WaitForAgent() if self._agent_finished(step):
                self._go_on()
            case Pause() if self._waited_ms >= step.ms:
                self._go_on()
            case Press():
                self._go_on()
                return CallerTurn(frame=SILENCE, keys=step.keys)
            case HangUp():
                self._go_on()
                return CallerTurn(frame=SILENCE, hang_up=True)
            case _ if self._waited_ms >= step.timeout_ms:
                return self._give_up(step)
            case _:
                pass
        return CallerTurn(frame=SILENCE)

    @property
    def _waited_ms(self) -> int:
        return (self._frames - self._step_began) * FRAME_MS

    def _agent_finished(self, step: WaitForAgent) -> bool:
        return self._hearing.spoken_ms >= step.spoken_ms and self._hearing.silent_ms >= step.silence_ms

    def _go_on(self) -> None:
        self._steps.pop(0)
        self._step_began = self._frames
        self._hearing.begin()

    def _give_up(self, step: AnyStep) -> CallerTurn:
        self.failure = f"{_describe(step)}: not within {step.timeout_ms / 1000:g} s"
        self._steps = []
        return CallerTurn(frame=SILENCE, hang_up=True)

    def _begin_line(self, step: Say | SayOver) -> CallerTurn:
        pcm = self._lines[step.text]
        said = _placed(step, pcm, (self._frames + 1) * FRAME_SAMPLES)  # it leaves in the next tick, see CallerMedia
        self.spoken.append(said)
        padded = to_bytes(pcm) + bytes(-len(pcm) * 2 % FRAME_BYTES)
        self._speech = [padded[at : at + FRAME_BYTES] for at in range(0, len(padded), FRAME_BYTES)] or [SILENCE]
        frame = self._speak().frame
        return CallerTurn(frame=frame, said=said)


def _placed(step: Say | SayOver, pcm: Pcm, begin: int) -> SpokenLine:
    """Where the line can be heard: silence around the speech does not count."""
    spans = sound_spans(np.asarray(pcm))
    start, end = (spans[0].start, spans[-1].end) if spans else (0, 0)
    return SpokenLine(text=step.text, role=step.role, start=begin + start, end=begin + end)


def _describe(step: AnyStep) -> str:
    match step:
        case Say() | SayOver():
            return f'say "{step.text}" over the agent' if isinstance(step, SayOver) else f'say "{step.text}"'
        case WaitForAgent():
            return f"hear the agent speak for {step.spoken_ms / 1000:g} s and finish"
        case Pause():
            return f"pause for {step.ms / 1000:g} s"
        case Press():
            return f"press {step.keys}"
        case HangUp():
            return "hang up"
        case _:
            return "hear the agent hang up"
