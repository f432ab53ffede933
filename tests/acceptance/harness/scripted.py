"""A whole good call, from both ends."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.acceptance.harness.api import Record
from tests.acceptance.harness.callers import CalledBack
from tests.acceptance.harness.traces import Stamp
from voiceagent.audio.frame import Pcm
from voiceagent.conversation.profile import AgentProfile
from voiceagent.speech.espeak import EspeakVoice

QUESTION = "Where is my order four zero two one?"
CHANGE = "No wait, please deliver order three three zero eight on Saturday."


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedCall:
    """What the caller knows of it, what the records say, and the state folder's files before it."""

    caller: CalledBack
    call: Record
    log: list[Record]
    before: dict[Path, Stamp]


def spoken_by(profile: AgentProfile, text: str) -> Pcm:
    """What the agent sounds like when it says `text`."""
    return np.concatenate([chunk.pcm for chunk in EspeakVoice(profile.voice).speak(text)])


def line_of(back: CalledBack, text: str) -> Pcm:
    """What the caller really sent when saying `text`."""
    (line,) = [line for line in back.report.lines if line.text == text]
    return back.said[line.start : line.end]
