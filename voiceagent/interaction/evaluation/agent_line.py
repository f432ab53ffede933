"""The agent's side of a judged call: speech that is really played, ducked, stopped or started, micro-turn by
micro-turn."""

from dataclasses import dataclass
from functools import cache
from itertools import cycle
from typing import Final

import numpy as np

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, ms_to_samples
from voiceagent.interaction.evaluation.scenarios import ScenarioItem
from voiceagent.speech.espeak import EspeakVoice

_DUCKED: Final = 0.25  # -12 dB
_HUMMED: Final = 0.45  # -7 dB, as calls play it
_HUMS: Final = ("mm-hm", "uh-huh", "right")
_LONG: Final = (
    "Thank you for your patience. Your order left our warehouse on Monday morning and it is now on its way to you. "
    "The driver will call you half an hour before the delivery, so please keep your phone with you. "
    "If nobody is at home, the parcel can be left with a neighbour, or it can be collected at the post office. "
    "You can also choose another day on our web site, and we will confirm the new time by text message. "
    "Please remember that the delivery window is two hours long, and that we need a signature at the door. "
)
_REPLY: Final = "Certainly, let me have a look at that for you. I can see everything on my screen now."


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


def long_utterance(samples: int) -> Utterance:
    """At least that long: the same half minute again and again."""
    once = spoken(_LONG)
    return once if len(once.pcm) >= samples else spoken(_LONG * -(-samples // len(once.pcm)))


def reply() -> Utterance:
    return spoken(_REPLY)


def agent_span(item: ScenarioItem) -> tuple[int, int] | None:
    """Where the agent was told to speak over the caller, in samples; None where it was not."""
    if not item.agent_speaks:
        return None
    begin, end = (item.agent[0][0], item.agent[-1][1]) if item.agent else (0.0, item.seconds)
    return int(begin * SAMPLE_RATE_HZ), int(end * SAMPLE_RATE_HZ)


def meant(item: ScenarioItem, samples: int) -> Pcm:
    """(samples,) what the agent says if nothing stops it: silence where it is not told to speak."""
    track = np.zeros(samples, np.int16)
    if span := agent_span(item):
        begin, end = span[0], min(span[1], samples)
        track[begin:end] = long_utterance(end - begin).pcm[: end - begin]
    return track


class AgentLine:
    """Plays at most one utterance, and backchannels; keeps what was really played."""

    def __init__(self, turn_samples: int) -> None:
        self._turn = turn_samples
        self._utterance: Utterance | None = None
        self._at = 0
        self._end = 0
        self._gain = 1.0
        self._hums = cycle(_HUMS)
        self._hum = np.zeros(0, np.int16)
        self.played: list[Pcm] = []  # turns only

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

    def hum(self) -> None:
        """A backchannel, from the next micro-turn on."""
        self._hum = (spoken(next(self._hums)).pcm * _HUMMED).astype(np.int16)

    def next_turn(self) -> tuple[Pcm, int, bool]:
        """What is heard now: samples, words begun, and whether more is to come of an utterance."""
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
        return self._with_hum(pcm), words, more

    def _with_hum(self, pcm: Pcm) -> Pcm:
        if not len(self._hum):
            return pcm
        now, self._hum = self._hum[: self._turn], self._hum[self._turn :]
        mixed = pcm.astype(np.int32)
        mixed[: len(now)] += now
        return np.clip(mixed, -32768, 32767).astype(np.int16)
