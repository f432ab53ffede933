"""Performs the talk's speech commands on playout, the worker's voice and the recorder."""

from collections.abc import Callable, Mapping

import numpy as np

from voiceagent.audio.frame import to_bytes
from voiceagent.audio.playout import PlayedUtterance
from voiceagent.conversation.speech_plan import SpeechPlan
from voiceagent.session.commands import Command, Duck, FinishHearing, Hum, PauseSpeech, ProceedSpeech, Say, Unduck
from voiceagent.session.media import CallMedia, MediaFrame
from voiceagent.session.ports import InteractionStream, Recorder, SpeechReady
from voiceagent.speech.contract import SpeechChunk
from voiceagent.telephony.events import CallEvent, RecordingStarted

_HUM_GAIN = 0.45  # -7 dB: a listener's sound, under the speaker's


class Performer:
    """One call's hands."""

    def __init__(
        self,
        *,
        media: CallMedia,
        stream: InteractionStream,
        prompts: Mapping[str, SpeechChunk],
        make_recorder: Callable[[int], tuple[str, Recorder]],
    ) -> None:
        self._media = media
        self._stream: InteractionStream | None = stream
        self._prompts = prompts
        self._make_recorder = make_recorder
        self._recorder: Recorder | None = None
        self._recording_from_ms = 0
        self._discarded = False

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

    def start_recording(self) -> CallEvent | None:
        """Record from the next frame on; None when it already runs."""
        if self._recorder is not None:
            return None
        self._recording_from_ms = self._media.now_ms
        recording_id, self._recorder = self._make_recorder(self._recording_from_ms)
        return RecordingStarted(recording_id=recording_id, at_ms=self._recording_from_ms)

    async def discard_recording(self) -> CallEvent | None:
        """Stop and leave nothing of it; None when none runs."""
        recorder = self._recorder
        if recorder is None:
            return None
        self._discarded = True  # from now on nothing is written, also when this is cut off and asked for again
        event = await recorder.discard()
        self._recorder = None
        return event

    def record(self, frame: MediaFrame) -> None:
        """Keep a frame, unless it was heard before the recording was allowed and only comes late."""
        if self._recorder is not None and not self._discarded and frame.end_ms > self._recording_from_ms:
            self._recorder.write(frame.caller, to_bytes(frame.played.pcm))

    async def seal(self) -> CallEvent | None:
        """Close the recording; its description, or None when there is none."""
        return await self._recorder.seal() if self._recorder is not None and not self._discarded else None

    async def _say(self, plan: SpeechPlan) -> None:
        self._media.open(plan.utterance_id)
        ready = self._prompts.get(plan.text)
        if ready is not None:  # known ahead: no voice engine in the way
            self._media.append(plan.utterance_id, ready.pcm, ready.words, last=True)
        elif self._stream is not None:
            await self._stream.speak(plan)
