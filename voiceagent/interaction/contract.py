"""The contract between the engine and a duplex model backend."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType, Protocol

import numpy as np
import numpy.typing as npt

from voiceagent.audio.frame import Pcm
from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.conversation.profile import VoiceChoice
from voiceagent.interaction.presets import TokenRole

SlotId = NewType("SlotId", int)
VideoFrame = npt.NDArray[np.uint8]  # (side, side, 3), red green blue


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionContext:
    """What a worker is told when a call starts."""

    language: str = "en"
    voice: VoiceChoice = field(default_factory=VoiceChoice)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextText:
    """Text that reaches the model beside the conversation."""

    role: TokenRole
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroTurnIn:
    """What arrived in one micro-turn, for one call.

    caller_pcm, agent_pcm: (tick samples,) int16 at 16 kHz; `agent_pcm` is what was really played,
    duck and flush included.
    agent_words: words that began to be heard in this micro-turn.
    more_to_say: whether the utterance being played has audio left after this micro-turn (its end is no yield).
    context, video: read by presets that have these streams, by others not. A long context is taken in over as many
    micro-turns as it needs. video: a frame of the size that the preset asks for, or None.
    """

    caller_pcm: Pcm
    agent_pcm: Pcm
    agent_words: tuple[str, ...] = ()
    more_to_say: bool = False
    context: tuple[ContextText, ...] = ()
    video: VideoFrame | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSpeech:
    """What a model that speaks or writes by itself would say next. Whether it is played is the floor's matter.

    pcm: (tick samples,) int16 at 16 kHz, silence included; None from a model that only writes.
    text: the piece of a word that goes with it, with its leading space; UTF-8 that may end inside a letter.
    """

    pcm: Pcm | None = None
    text: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroTurnOut:
    """What the model makes of it. Most models judge the floor and leave the speaking to a voice: no `own_speech`."""

    floor: FloorProbabilities
    own_speech: OwnSpeech | None = None


class DuplexModel(Protocol):
    """A streaming duplex model with a fixed number of slots; one batched step for all calls that are ready.

    Implementations: `interaction/backends/native` and `moshi`. `step` raises BadInput naming the slot for audio of a
    wrong length, a frame of a wrong size or more text than can wait; that slot's state is then unchanged and no other
    slot is touched.
    """

    tick_ms: int
    slots: int

    def open(self, context: SessionContext) -> SlotId:
        """Claim a clean slot. Raises NoCapacity."""
        ...

    def step(self, turns: Mapping[SlotId, MicroTurnIn]) -> Mapping[SlotId, MicroTurnOut]:
        """Advance each named slot by one micro-turn; the others do not move."""
        ...

    def close(self, slot: SlotId) -> None:
        """Forget the call and free the slot."""
        ...
