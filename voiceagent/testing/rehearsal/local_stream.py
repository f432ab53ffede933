"""A stream without a worker: whatever looks, hears and speaks does so in this process, at once."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Final

from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.conversation.speech_plan import SpeechPlan
from voiceagent.core.ids import UtteranceId
from voiceagent.interaction.contract import MicroTurnIn
from voiceagent.session.ports import FloorSignal, Heard, SpeechReady, StreamEvent
from voiceagent.speech.contract import Hints, Recognised, RecogniserStream, SpeechChunk
from voiceagent.worker.hearing import Hearing

_MAX_EVENTS: Final = 4096
_NOTHING_HEARD: Final = Recognised(text="", final=True, understood=False, confidence=0.0, start_ms=0, end_ms=0)


class LocalStream(ABC):
    """Implements `session.ports.InteractionStream` on a view of the floor, ears and a voice."""

    fence = 1

    def __init__(self, worker_id: str, ears: RecogniserStream, tick_ms: int) -> None:
        self.worker_id = worker_id
        self.tick_ms = tick_ms
        self.turns = 0
        self.ears = ears
        self._hearing = Hearing(ears, tick_ms)
        self._events: asyncio.Queue[StreamEvent] = asyncio.Queue(_MAX_EVENTS)

    @abstractmethod
    def view(self, turn: MicroTurnIn) -> FloorProbabilities:
        """The floor after this micro-turn, which is number `turns`."""

    @abstractmethod
    def sound(self, text: str) -> SpeechChunk:
        """All of a text."""

    async def turn(self, turn: MicroTurnIn) -> None:
        floor = self.view(turn)
        self._events.put_nowait(FloorSignal(turn=self.turns, floor=floor))
        self.turns += 1
        heard = self._hearing.hear(turn.caller_pcm, floor.caller_active)
        if heard is not None:
            self._events.put_nowait(Heard(recognised=heard))

    async def speak(self, plan: SpeechPlan) -> None:
        said = SpeechReady(utterance_id=plan.utterance_id, chunk=self.sound(plan.text), last=True)
        self._events.put_nowait(said)

    async def cancel(self, utterance_id: UtteranceId) -> None:
        del utterance_id  # all of it was sent at once

    async def finish_hearing(self) -> None:
        self._events.put_nowait(Heard(recognised=self._hearing.finish() or _NOTHING_HEARD))

    async def set_hints(self, hints: Hints) -> None:
        self._hearing.set_hints(hints)

    async def events(self) -> AsyncIterator[StreamEvent]:
        while True:
            yield await self._events.get()

    async def close(self) -> None:
        self.ears.close()
