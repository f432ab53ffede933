"""An interaction worker in memory: floor signals by script, words and speech at once, and it can be made to go away."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from voiceagent.audio.frame import Pcm
from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.conversation.speech_plan import SpeechPlan
from voiceagent.core.errors import WorkerLost
from voiceagent.core.ids import UtteranceId
from voiceagent.interaction.contract import MicroTurnIn, SessionContext
from voiceagent.session.ports import FloorSignal, Heard, SpeechReady, StreamEvent
from voiceagent.speech.contract import Hints, Recognised, SpeechChunk
from voiceagent.testing.floors import NOBODY
from voiceagent.testing.tone_voice import rendered

_SILENCE = rendered("").pcm
_MAX_EVENTS = 4096


class MemoryStream:
    """Implements `session.ports.InteractionStream`.

    `view` is what the model thinks after each micro-turn from now on; `words` are what the recogniser hears next, one
    utterance for each request to finish hearing.
    """

    def __init__(self, *, worker_id: str = "wrk_TEST", tick_ms: int = 80, fence: int = 1) -> None:
        self.worker_id = worker_id
        self.tick_ms = tick_ms
        self.fence = fence
        self.view: FloorProbabilities = NOBODY
        self.words: deque[str] = deque()
        self.turns: list[MicroTurnIn] = []
        self.spoken: list[str] = []
        self.cancelled: list[UtteranceId] = []
        self.hints: list[str] = []
        self.closed = False
        self.mute = False  # connected, but answers no micro-turn
        self._lost: WorkerLost | None = None
        self._events: asyncio.Queue[StreamEvent | WorkerLost] = asyncio.Queue(_MAX_EVENTS)

    async def turn(self, turn: MicroTurnIn) -> None:
        self._check()
        self.turns.append(turn)
        if not self.mute:
            self._events.put_nowait(FloorSignal(turn=len(self.turns) - 1, floor=self.view))

    async def speak(self, plan: SpeechPlan) -> None:
        self._check()
        self.spoken.append(plan.text)
        self._speech(plan.utterance_id, rendered(plan.text))

    async def cancel(self, utterance_id: UtteranceId) -> None:
        self._check()
        self.cancelled.append(utterance_id)

    async def finish_hearing(self) -> None:
        self._check()
        text = self.words.popleft() if self.words else ""
        self.hear(text)

    async def set_hints(self, hints: Hints) -> None:
        self._check()
        self.hints.append(hints.name)

    async def events(self) -> AsyncIterator[StreamEvent]:
        while True:
            event = await self._events.get()
            if isinstance(event, WorkerLost):
                raise event
            yield event

    async def close(self) -> None:
        self.closed = True

    def hear(self, text: str, *, ms: int = 400) -> None:
        """The recogniser closes an utterance of the caller that ends now."""
        end_ms = len(self.turns) * self.tick_ms
        heard = Recognised(
            text=text,
            final=True,
            understood=bool(text),
            confidence=0.9 if text else 0.0,
            start_ms=max(0, end_ms - ms),
            end_ms=end_ms,
        )
        self._events.put_nowait(Heard(recognised=heard))

    def die(self) -> None:
        """The connection breaks."""
        self._lost = WorkerLost(f"connection to {self.worker_id} broke")
        self._events.put_nowait(self._lost)

    def _speech(self, utterance_id: UtteranceId, chunk: SpeechChunk) -> None:
        empty: Pcm = _SILENCE
        self._events.put_nowait(SpeechReady(utterance_id=utterance_id, chunk=chunk, last=False))
        self._events.put_nowait(SpeechReady(utterance_id=utterance_id, chunk=SpeechChunk(pcm=empty), last=True))

    def _check(self) -> None:
        if self._lost is not None:
            raise self._lost


class MemoryWorkers:
    """Implements `session.ports.InteractionWorkers`: one stream, or an error instead."""

    def __init__(self, stream: MemoryStream | None = None, error: Exception | None = None) -> None:
        self.stream = stream or MemoryStream()
        self._error = error

    async def open(self, context: SessionContext, hints: Hints) -> MemoryStream:
        del context
        if self._error is not None:
            raise self._error
        self.stream.hints.append(hints.name)
        return self.stream
