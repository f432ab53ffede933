"""A line for text: in place of the interaction model stands an ideal one, in place of ears and voice stand words.

It judges the floor as the model is trained to: who speaks is listened to, who has ended is answered, who speaks over
the agent is given way unless that was a sign of listening. How well the network itself does that, a rehearsal in text
cannot tell; `voiceagent test --audio` does.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final

import numpy as np

from voiceagent.audio.frame import Pcm, ms_to_samples
from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.speech_plan import SpeechPlan
from voiceagent.conversation.understanding import understand
from voiceagent.core.ids import UtteranceId
from voiceagent.interaction.contract import MicroTurnIn, SessionContext
from voiceagent.session.ports import FloorSignal, Heard, SpeechReady, StreamEvent
from voiceagent.speech.contract import Hints, Recognised, SpeechChunk
from voiceagent.speech.prompts import prompt_texts
from voiceagent.testing.floors import CALLER_SPEAKS, CALLER_WANTS_IN, NOBODY, OUR_TURN
from voiceagent.testing.rehearsal.typed_ears import TypedEars
from voiceagent.testing.tone_voice import rendered
from voiceagent.worker.hearing import Hearing

TICK_MS: Final = 80
_CALLER_WORD_MS: Final = 300  # 200 words a minute
_SHORTEST_MS: Final = 400
_OWED_MS: Final = 4000  # longer than the talk waits for a take
_MAX_EVENTS: Final = 4096
NOTHING_HEARD: Final = Recognised(text="", final=True, understood=False, confidence=0.0, start_ms=0, end_ms=0)


class TextLine:
    """Implements `session.ports.InteractionWorkers` for one call, and takes what the caller types."""

    def __init__(self, profile: AgentProfile) -> None:
        self._profile = profile
        self._stream: TextStream | None = None
        self._word_ms = round(60_000 / profile.voice.words_per_minute)

    @property
    def prompts(self) -> Mapping[str, SpeechChunk]:
        """The profile's fixed texts, rendered ahead."""
        return {text: rendered(text, self._word_ms) for text in prompt_texts(self._profile)}

    async def open(self, context: SessionContext, hints: Hints) -> "TextStream":
        del context
        self._stream = TextStream(self._profile, hints, self._word_ms)
        return self._stream

    def speaks(self, text: str) -> Pcm:
        """The caller begins to say this now: (samples,) of what the line carries."""
        ms = max(_SHORTEST_MS, _CALLER_WORD_MS * len(text.split()))
        if self._stream is not None:
            self._stream.caller_speaks(text, ms)
        return np.zeros(ms_to_samples(ms), np.int16)


class TextStream:
    """Implements `session.ports.InteractionStream`."""

    worker_id = "wrk_TEXT"
    tick_ms = TICK_MS
    fence = 1

    def __init__(self, profile: AgentProfile, hints: Hints, word_ms: int) -> None:
        self._profile = profile
        self._word_ms = word_ms
        self._ears = TypedEars(hints)
        self._hearing = Hearing(self._ears, TICK_MS)
        self._turns = 0
        self._speech_ends_ms = -1
        self._wants_in = False
        self._owed_until_ms = -1
        self._events: asyncio.Queue[StreamEvent] = asyncio.Queue(_MAX_EVENTS)

    def caller_speaks(self, text: str, ms: int) -> None:
        """From the next micro-turn on."""
        now_ms = self._turns * TICK_MS
        meaning = understand(self._ears.read(text), self._profile)
        self._wants_in = meaning is None or not meaning.listening
        self._speech_ends_ms = now_ms + ms
        self._ears.speaks(text, now_ms, now_ms + ms)

    async def turn(self, turn: MicroTurnIn) -> None:
        caller_active = self._turns * TICK_MS < self._speech_ends_ms
        floor = self._view(caller_active=caller_active, agent_speaks=bool(np.any(turn.agent_pcm)))
        self._events.put_nowait(FloorSignal(turn=self._turns, floor=floor))
        self._turns += 1
        heard = self._hearing.hear(turn.caller_pcm, floor.caller_active)
        if heard is not None:
            self._events.put_nowait(Heard(recognised=heard))

    async def speak(self, plan: SpeechPlan) -> None:
        sound = rendered(plan.text, self._word_ms)
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

    def _view(self, *, caller_active: bool, agent_speaks: bool) -> FloorProbabilities:
        now_ms = self._turns * TICK_MS
        if caller_active:
            self._owed_until_ms = self._speech_ends_ms + _OWED_MS
            return CALLER_WANTS_IN if agent_speaks and self._wants_in else CALLER_SPEAKS
        if agent_speaks:
            self._owed_until_ms = -1
        return OUR_TURN if now_ms < self._owed_until_ms else NOBODY
