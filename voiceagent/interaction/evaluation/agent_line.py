"""The agent's side of a judged call: speech that is really played, ducked, stopped or started, micro-turn by
micro-turn."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from voiceagent.audio.frame import Pcm, ms_to_samples
from voiceagent.speech.espeak import EspeakVoice

_DUCKED = 0.25  # -12 dB
_LONG = (
    "Thank you for your patience. Your order left our warehouse on Monday morning and it is now on its way to you. "
    "The driver will call you half an hour before the delivery, so please keep your phone with you. "
    "If nobody is at home, the parcel can be left with a neighbour, or it can be collected at the post office. "
    "You can also choose another day on our web site, and we will confirm the new time by text message. "
    "Please remember that the delivery window is two hours long, and that we need a signature at the door. "
)
_REPLY = "Certainly, let me have a look at that for you. I can see everything on my screen now."


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """pcm (samples,) at 16 kHz and the samples at which its words begin."""

    pcm: Pcm
    word_starts: tuple[int, ...]


@cache
def spoken(text: str) -> Utterance:
    pieces, words = [], []
    for chunk in EspeakVoice().speak(text):
        pieces.append(chunk.pcm)
        words += [ms_to_samples(word.start_ms) for word in chunk.words]
    return Utterance(pcm=np.concatenate(pieces), word_starts=tuple(words))


def long_utterance() -> Utterance:
    return spoken(_LONG + _LONG)


def reply() -> Utterance:
    return spoken(_REPLY)


class AgentLine:
    """Plays at most one utterance; keeps what was really played."""

    def __init__(self, turn_samples: int) -> None:
        self._turn = turn_samples
        self._utterance: Utterance | None = None
        self._at = 0
        self._end = 0
        self._gain = 1.0
        self.played: list[Pcm] = []

    @property
    def speaking(self) -> bool:
        return self._utterance is not None

    def start(self, utterance: Utterance, samples: int | None = None) -> None:
        """Play from the next micro-turn on, at most `samples` of it."""
        self._utterance, self._at, self._gain = utterance, 0, 1.0
        self._end = min(len(utterance.pcm), samples or len(utterance.pcm))

    def stop(self) -> None:
        self._utterance = None

    def duck(self, *, on: bool) -> None:
        self._gain = _DUCKED if on else 1.0

    def next_turn(self) -> tuple[Pcm, int, bool]:
        """What is played now: samples, words begun, and whether more is to come."""
        pcm = np.zeros(self._turn, np.int16)
        words, more = 0, False
        if self._utterance is not None:
            end = min(self._at + self._turn, self._end)
            piece = self._utterance.pcm[self._at : end]
            pcm[: len(piece)] = (piece * self._gain).astype(np.int16)
            words = sum(self._at <= word < end for word in self._utterance.word_starts)
            self._at, more = end, end < self._end
            if not more:
                self._utterance = None
        self.played.append(pcm)
        return pcm, words, more
