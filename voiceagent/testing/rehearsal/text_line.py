"""A line for text: in place of the interaction model stands an ideal one, in place of ears and voice stand words.

It judges the floor as the model is trained to: who speaks is listened to, who has ended is answered, who speaks over
the agent is given way unless that was a sign of listening. How well the network itself does that, a rehearsal in text
cannot tell; `voiceagent test --audio` does.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from voiceagent.audio.frame import Pcm, ms_to_samples
from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.understanding import understand
from voiceagent.interaction.contract import MicroTurnIn, SessionContext
from voiceagent.speech.contract import Hints, SpeechChunk
from voiceagent.speech.prompts import prompt_texts
from voiceagent.testing.floors import CALLER_SPEAKS, CALLER_WANTS_IN, NOBODY, OUR_TURN
from voiceagent.testing.rehearsal.local_stream import LocalStream
from voiceagent.testing.rehearsal.typed_ears import TypedEars
from voiceagent.testing.tone_voice import rendered

TICK_MS: Final = 80
_CALLER_WORD_MS: Final = 300  # 200 words a minute
_SHORTEST_MS: Final = 400
_OWED_MS: Final = 4000  # longer than the talk waits for a take


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


class TextStream(LocalStream):
    """On typed words and an ideal view of the floor."""

    def __init__(self, profile: AgentProfile, hints: Hints, word_ms: int) -> None:
        self._typed = TypedEars(hints)
        super().__init__("wrk_TEXT", self._typed, TICK_MS)
        self._profile = profile
        self._word_ms = word_ms
        self._speech_ends_ms = -1
        self._wants_in = False
        self._owed_until_ms = -1

    def caller_speaks(self, text: str, ms: int) -> None:
        """From the next micro-turn on."""
        now_ms = self.turns * TICK_MS
        meaning = understand(self._typed.read(text), self._profile)
        self._wants_in = meaning is None or not meaning.listening
        self._speech_ends_ms = now_ms + ms
        self._typed.speaks(text, now_ms, now_ms + ms)

    def sound(self, text: str) -> SpeechChunk:
        return rendered(text, self._word_ms)

    def view(self, turn: MicroTurnIn) -> FloorProbabilities:
        now_ms, agent_speaks = self.turns * TICK_MS, bool(np.any(turn.agent_pcm))
        if now_ms < self._speech_ends_ms:
            self._owed_until_ms = self._speech_ends_ms + _OWED_MS
            return CALLER_WANTS_IN if agent_speaks and self._wants_in else CALLER_SPEAKS
        if agent_speaks:
            self._owed_until_ms = -1
        return OUR_TURN if now_ms < self._owed_until_ms else NOBODY
