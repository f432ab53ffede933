"""Performs the talk's speech commands on playout and the worker's voice."""

from collections.abc import Mapping

import numpy as np

from voiceagent.audio.playout import PlayedUtterance
from voiceagent.conversation.speech_plan import SpeechPlan
from voiceagent.session.commands import Command, Duck, FinishHearing, Hum, PauseSpeech, ProceedSpeech, Say, Unduck
from voiceagent.session.media import CallMedia
from voiceagent.session.ports import InteractionStream, SpeechReady
from voiceagent.speech.contract import SpeechChunk

_HUM_GAIN = 0.45  # -7 dB: a listener's sound, under the speaker's


class Performer:
    """One call's hands."""

    def __init__(
        self,
        *,
        media: CallMedia,
        stream: InteractionStream,
        prompts: Mapping[str, SpeechChunk],
    ) -> None:
        self._media = media
        self._stream: InteractionStream | None = stream
        self._prompts = prompts

    async def perform(self, command: Command) -> None:
        """Do what concerns speech and hearing. Raises WorkerLost."""
        match command:
            case Say():
                await self._say(command.plan)
            case Hum():
                if (sound := self._prompts.get(command.text)) is not None:
                    self._media.overlay((sound.pcm * np.float32(_HUM_GAIN)).astype(np.int16))
            case Duck():
                self._media.duck()
            case Unduck():
                self._media.unduck()
            case PauseSpeech():
                self._media.pause()
            case ProceedSpeech():
                self._media.proceed()
            case FinishHearing():
                if self._stream is not None:
                    await self._stream.finish_hearing()
            case _:
                pass

    def drop(self) -> tuple[PlayedUtterance, ...]:
        """Silence at once; what became of each utterance. `cancel` tells the worker afterwards."""
        return self._media.drop()

    async def cancel(self, gone: tuple[PlayedUtterance, ...]) -> None:
        """The audio of these is no longer wanted. Raises WorkerLost."""
        for played in gone:
            if self._stream is not None:
                await self._stream.cancel(played.utterance_id)

    def worker_gone(self) -> None:
        """From now on only what was rendered ahead can be spoken."""
        self._stream = None

    def can_say(self, text: str) -> bool:
        """Whether anybody is left who could make this heard."""
        return self._stream is not None or text in self._prompts

    def speech_ready(self, ready: SpeechReady) -> None:
        """Audio from the worker's voice."""
        self._media.append(ready.utterance_id, ready.chunk.pcm, ready.chunk.words, last=ready.last)

    async def _say(self, plan: SpeechPlan) -> None:
        self._media.open(plan.utterance_id)
        ready = self._prompts.get(plan.text)
        if ready is not None:  # known ahead: no voice engine in the way
            self._media.append(plan.utterance_id, ready.pcm, ready.words, last=True)
        elif self._stream is not None:
            await self._stream.speak(plan)
