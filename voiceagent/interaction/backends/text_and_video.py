"""Text and video of the calls on their way into the network."""

from collections import deque
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

from voiceagent.core.errors import BadInput
from voiceagent.interaction.contract import MicroTurnIn, SlotId, VideoFrame
from voiceagent.interaction.model.token_stream import NOTHING, encoded_text
from voiceagent.interaction.presets import ModelConfig, TokenRole

_WAITING: Final = 8192  # bytes of one call's context that may wait; at 6 bytes a micro-turn of 80 ms nearly two minutes
Turns = Sequence[tuple[SlotId, MicroTurnIn]]
_Token = tuple[int, TokenRole]


class TextStreams:
    """Owns the text of each slot that still waits for its micro-turn."""

    def __init__(self, config: ModelConfig, slots: int) -> None:
        self._places = config.tokens_per_turn
        self._words: list[deque[_Token]] = [deque() for _ in range(slots)]
        self._context: list[deque[_Token]] = [deque() for _ in range(slots)]

    def reset(self, slot: int) -> None:
        self._words[slot].clear()
        self._context[slot].clear()

    def check_room(self, slot: int, turn: MicroTurnIn) -> None:
        """Raises BadInput for more text than may wait."""
        for name, arriving, waiting in (
            ("words", _words(turn), self._words[slot]),
            ("context", _context(turn), self._context[slot]),
        ):
            if arriving and len(waiting) + len(arriving) > _WAITING:
                raise BadInput(
                    f"slot {slot}: {_WAITING} bytes of {name} may wait, send shorter ones or send them later"
                )

    def take(self, turns: Turns, padding: int) -> tuple[Tensor, Tensor]:
        """Tokens and roles (n + padding, 1, tokens_per_turn) of one micro-turn.

        The agent's words come first: they belong to the moment in which they are played. Context takes what is left.
        """
        shape = (len(turns) + padding, 1, self._places)
        tokens, roles = torch.full(shape, NOTHING), torch.zeros(shape, dtype=torch.long)
        for row, (slot, turn) in enumerate(turns):
            self._words[slot].extend(_words(turn))
            self._context[slot].extend(_context(turn))
            for place in range(self._places):
                queue = self._words[slot] or self._context[slot]
                if not queue:
                    break
                tokens[row, 0, place], roles[row, 0, place] = queue.popleft()
        return tokens, roles


def _words(turn: MicroTurnIn) -> list[_Token]:
    return [(token, TokenRole.AGENT_WORDS) for word in turn.agent_words for token in encoded_text(word + " ")]


def _context(turn: MicroTurnIn) -> list[_Token]:
    return [(token, piece.role) for piece in turn.context for token in encoded_text(piece.text + "\n")]


def check_frame(slot: int, frame: VideoFrame, config: ModelConfig) -> None:
    """Raises BadInput for a frame of another size than the preset's."""
    side = config.video_side
    if frame.shape != (side, side, 3) or frame.dtype.name != "uint8":
        raise BadInput(f"slot {slot}: a frame is uint8 {(side, side, 3)}, this one is {frame.dtype} {frame.shape}")


def frames_of(turns: Turns, padding: int, config: ModelConfig) -> tuple[Tensor, Tensor] | tuple[None, None]:
    """Frames (n + padding, 1, side, side, 3) and which of them are there; None when nobody sent one."""
    if all(turn.video is None for _, turn in turns):
        return None, None
    rows, side = len(turns) + padding, config.video_side
    video, seen = torch.zeros(rows, 1, side, side, 3, dtype=torch.uint8), torch.zeros(rows, 1, dtype=torch.bool)
    for row, (_, turn) in enumerate(turns):
        if turn.video is not None:
            video[row, 0], seen[row, 0] = torch.from_numpy(turn.video.copy()), True
    return video, seen
