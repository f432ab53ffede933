"""What recogniser and voice cost beside the model, in CPU time per second of a call."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, ms_to_samples
from voiceagent.speech.contract import Hints, Recogniser, RecogniserStream, Voice

# A plain call: the caller says one of these, hears an answer, and so on, without pauses between them.
CALLER_LINES: Final = (
    "where is my order",
    "the order number is four seven one two",
    "when does my order arrive",
    "i want to return my order",
    "thank you very much",
)
AGENT_LINES: Final = (
    "Certainly, let me have a look at that for you.",
    "Your order left our warehouse on Monday, and it will arrive on Wednesday morning.",
    "Is there anything else that I can do for you?",
)
_TURN: Final = ms_to_samples(80)
_TAIL: Final = np.zeros(ms_to_samples(1200), np.int16)  # an utterance is closed so long after its last word


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechCost:
    """CPU seconds per second of call, by part. The call: caller and agent speak in turns."""

    recogniser: float
    voice: float

    @property
    def share(self) -> float:
        return self.recogniser + self.voice


def speech_cost(
    recogniser: Recogniser, hints: Hints, voice: Voice, caller: Voice, cpu_s: Callable[[], float], rounds: int = 6
) -> SpeechCost:
    """One call with so many questions and answers; `cpu_s` reads the CPU time of this process."""
    questions = [_all(caller, text) for text in CALLER_LINES]
    stream = recogniser.open(hints)
    _hear(stream, questions[0])  # a first utterance sets things up
    hearing_s = speaking_s = call_s = 0.0
    for number in range(rounds):
        question = questions[number % len(questions)]
        began = cpu_s()
        _hear(stream, question)
        heard = cpu_s()
        answer = _all(voice, AGENT_LINES[number % len(AGENT_LINES)])
        hearing_s, speaking_s = hearing_s + heard - began, speaking_s + cpu_s() - heard
        call_s += (len(question) + len(answer)) / SAMPLE_RATE_HZ
    stream.close()
    return SpeechCost(recogniser=round(hearing_s / call_s, 4), voice=round(speaking_s / call_s, 4))


def _hear(stream: RecogniserStream, utterance: Pcm) -> None:
    """An utterance in micro-turns, with the silence that it is closed in; that falls into the agent's answer."""
    stream.begin()
    for turn in _turns(np.concatenate([utterance, _TAIL])):
        stream.accept(turn)
    stream.finish()


def _turns(pcm: Pcm) -> Iterable[Pcm]:
    return (pcm[at : at + _TURN] for at in range(0, len(pcm), _TURN))


def _all(voice: Voice, text: str) -> Pcm:
    return np.concatenate([chunk.pcm for chunk in voice.speak(text)])
