"""A line for audio: the shipped model judges the floor, the recogniser listens over a telephone band, the voice speaks.

All of it in this process and offline. What is computed takes no time on the call's clock, so latencies are those of a
worker that is never busy.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm
from voiceagent.audio.level import levels_dbfs
from voiceagent.audio.phone_band import through_phone
from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.conversation.profile import AgentProfile
from voiceagent.interaction.backends.native import load_native
from voiceagent.interaction.contract import DuplexModel, MicroTurnIn, SessionContext, SlotId
from voiceagent.speech.chosen import ChosenRecognisers
from voiceagent.speech.contract import Hints, Recogniser, SpeechChunk, Voice
from voiceagent.speech.espeak import EspeakVoice
from voiceagent.speech.grammar import every_hints
from voiceagent.speech.prompts import prompt_texts
from voiceagent.speech.recognisers import usual
from voiceagent.testing.caller.script import CallerVoice
from voiceagent.testing.caller.voice import spoken_line
from voiceagent.testing.rehearsal.local_stream import LocalStream

_DIGITS: Final = re.compile(r"\d(?=\d)")
_AUDIBLE_DBFS: Final = -50.0


class AudioEquipment:
    """What all rehearsals of a profile share: model, recogniser and voice, loaded once. Raises ConfigError."""

    def __init__(self, profile: AgentProfile) -> None:
        self.model: DuplexModel = load_native(slots=1)
        self.recogniser: Recogniser = ChosenRecognisers(usual())
        for hints in every_hints(profile):
            self.recogniser.prepare(hints)
        self.voice: Voice = EspeakVoice(profile.voice)
        self.prompts: Mapping[str, SpeechChunk] = {
            text: _whole(self.voice.speak(text)) for text in prompt_texts(profile)
        }
        self._lines: dict[str, Pcm] = {}

    def caller_line(self, text: str) -> Pcm:
        """(samples,) of the caller saying it, digit by digit where it has figures, without silence around it."""
        if text not in self._lines:
            said = spoken_line(_DIGITS.sub(lambda figure: f"{figure[0]} ", text), CallerVoice())
            self._lines[text] = through_phone(_without_silence(said))
        return self._lines[text]


class AudioLine:
    """Implements `session.ports.InteractionWorkers` for one call, and renders what the caller says."""

    def __init__(self, equipment: AudioEquipment) -> None:
        self._equipment = equipment

    @property
    def prompts(self) -> Mapping[str, SpeechChunk]:
        return self._equipment.prompts

    async def open(self, context: SessionContext, hints: Hints) -> "AudioStream":
        return AudioStream(self._equipment, context, hints)

    def speaks(self, text: str) -> Pcm:
        return self._equipment.caller_line(text)


class AudioStream(LocalStream):
    """On a slot of the model."""

    def __init__(self, equipment: AudioEquipment, context: SessionContext, hints: Hints) -> None:
        super().__init__("wrk_AUDIO", equipment.recogniser.open(hints), equipment.model.tick_ms)
        self._model = equipment.model
        self._voice = equipment.voice
        self._slot: SlotId = self._model.open(context)

    def view(self, turn: MicroTurnIn) -> FloorProbabilities:
        return self._model.step({self._slot: turn})[self._slot].floor

    def sound(self, text: str) -> SpeechChunk:
        return _whole(self._voice.speak(text))

    async def close(self) -> None:
        await super().close()
        self._model.close(self._slot)


def _whole(chunks: Iterable[SpeechChunk]) -> SpeechChunk:
    every = list(chunks)
    pcm = np.concatenate([chunk.pcm for chunk in every]) if every else np.zeros(0, np.int16)
    return SpeechChunk(pcm=pcm, words=tuple(word for chunk in every for word in chunk.words))


def _without_silence(pcm: Pcm) -> Pcm:
    """From the first to the last audible 10 ms: when the caller has ended is what answers are measured from."""
    window = SAMPLE_RATE_HZ // 100
    (audible,) = np.nonzero(levels_dbfs(pcm, window) > _AUDIBLE_DBFS)
    return pcm[audible[0] * window : (audible[-1] + 1) * window] if len(audible) else pcm
