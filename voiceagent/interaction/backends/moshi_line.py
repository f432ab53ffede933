"""What one call keeps besides its rows in the networks: rates, words being played, its reading of the floor."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from voiceagent.audio.frame import Pcm, from_float, to_float
from voiceagent.interaction.backends.moshi_floor import CallerLevel, FloorReader
from voiceagent.interaction.backends.moshi_rates import RateChange, Signal, from_moshi, to_moshi
from voiceagent.interaction.contract import MicroTurnIn

_SOUNDING: Final = 16  # of 32768: below it a played micro-turn is silence


class TextPieces(Protocol):
    """What is used of a SentencePiece tokenizer."""

    def encode(self, text: str, /) -> list[int]: ...
    def id_to_piece(self, token: int, /) -> str: ...


@dataclass(slots=True)
class Line:
    """One call. Made anew when its slot is opened, so nothing of the call before is left."""

    floor: FloorReader = field(default_factory=FloorReader)
    free_for: int = 0  # micro-turns in a row in which the model was left to speak by itself
    _level: CallerLevel = field(default_factory=CallerLevel)
    _caller: RateChange = field(default_factory=to_moshi)
    _agent: RateChange = field(default_factory=to_moshi)
    _own: RateChange = field(default_factory=from_moshi)
    _tokens: deque[int] = field(default_factory=deque)
    _platform_spoke: bool = False

    def sounds(self, turn: MicroTurnIn) -> tuple[Signal, Signal]:
        """Caller and agent as played, at the codec's rate."""
        return self._caller.push(to_float(turn.caller_pcm)), self._agent.push(to_float(turn.agent_pcm))

    def caller_active(self, turn: MicroTurnIn) -> float:
        return self._level.push(turn.caller_pcm)

    def platform_speaks(self, turn: MicroTurnIn) -> bool:
        """Whether what is heard of the agent is the platform's own utterance: it has words or more to come, or it is
        the sound at the end of one that had."""
        announced = turn.more_to_say or bool(turn.agent_words)
        self._platform_spoke = announced or (self._platform_spoke and sounding(turn))
        return self._platform_spoke

    def token(self, turn: MicroTurnIn, pieces: TextPieces, padding: int) -> int:
        """The text token of what is being played: a piece of the word that began last, or padding."""
        if turn.agent_words:  # a word that is still waiting has been overtaken
            self._tokens = deque(token for word in turn.agent_words for token in pieces.encode(word))
        return self._tokens.popleft() if self._tokens else padding

    def own_pcm(self, sound: Signal) -> Pcm:
        """Audio that the model made, at the house's rate."""
        return from_float(self._own.push(sound))


def sounding(turn: MicroTurnIn) -> bool:
    """Whether anything of the agent is heard in this micro-turn."""
    return int(np.abs(turn.agent_pcm.astype(np.int32)).max()) > _SOUNDING
