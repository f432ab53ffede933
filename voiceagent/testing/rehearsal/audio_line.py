"""A line for audio: the shipped model judges the floor, the recogniser listens over a telephone band, the voice speaks.

All of it in this process and offline. What is computed takes no time on the call's clock, so latencies are those of a
worker that is never busy.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Final

import numpy as np

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm
from voiceagent.audio.level import levels_dbfs
from voiceagent.audio.phone_band import through_phone
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.speech_plan import SpeechPlan
from voiceagent.core.ids import UtteranceId
from voiceagent.interaction.backends.native import load_native
from voiceagent.interaction.contract import DuplexModel, MicroTurnIn, SessionContext, SlotId
from voiceagent.session.ports import FloorSignal, Heard, SpeechReady, StreamEvent
from voiceagent.speech.chosen import ChosenRecognisers
from voiceagent.speech.contract import Hints, Recogniser, SpeechChunk, Voice
from voiceagent.speech.espeak import EspeakVoice
from voiceagent.speech.grammar import every_hints
from voiceagent.speech.prompts import prompt_texts
from voiceagent.speech.recognisers import usual
from voiceagent.testing.caller.script import CallerVoice
from voiceagent.testing.caller.voice import spoken_line
from voiceagent.testing.rehearsal.text_line import NOTHING_HEARD
from voiceagent.worker.hearing import Hearing

_DIGITS: Final = re.compile(r"\d(?=\d)")
_AUDIBLE_DBFS: Final = -50.0
_MAX_EVENTS: Final = 4096


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


class AudioStream:
    """Implements `session.ports.InteractionStream` on a slot of the model."""

    worker_id = "wrk_AUDIO"
    fence = 1

    def __init__(self, equipment: AudioEquipment, context: SessionContext, hints: Hints) -> None:
        self._model = equipment.model
        self._voice = equipment.voice
        self.tick_ms = self._model.tick_ms
        self._slot: SlotId = self._model.open(context)
        self._ears = equipment.recogniser.open(hints)
        self._hearing = Hearing(self._ears, self.tick_ms)
        self._turns = 0
        self._events: asyncio.Queue[StreamEvent] = asyncio.Queue(_MAX_EVENTS)

    async def turn(self, turn: MicroTurnIn) -> None:
        floor = self._model.step({self._slot: turn})[self._slot].floor
        self._events.put_nowait(FloorSignal(turn=self._turns, floor=floor))
        self._turns += 1
        heard = self._hearing.hear(turn.caller_pcm, floor.caller_active)
        if heard is not None:
            self._events.put_nowait(Heard(recognised=heard))

    async def speak(self, plan: SpeechPlan) -> None:
        sound = _whole(self._voice.speak(plan.text))
        self._events.put_nowait(SpeechReady(utterance_id=plan.utterance_id, chunk=sound, last=True))

    async def cancel(self, utterance_id: UtteranceId) -> None:
        """All of it was sent at once."""

    async def finish_hearing(self) -> None:
        self._events.put_nowait(Heard(recognised=self._hearing.finish() or NOTHING_HEARD))

    async def set_hints(self, hints: Hints) -> None:
        self._hearing.set_hints(hints)

    async def events(self) -> AsyncIterator[StreamEvent]:
        while True:
            yield await self._events.get()

    async def close(self) -> None:
        self._ears.close()
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
