"""Four media frames make a micro-turn (as many as the model's tick asks for)."""

import numpy as np

from voiceagent.audio.frame import FRAME_MS, from_bytes
from voiceagent.interaction.contract import MicroTurnIn
from voiceagent.session.media import MediaFrame


class MicroTurns:
    """Collects frames into micro-turns; pure."""

    def __init__(self, tick_ms: int) -> None:
        self._per_turn = tick_ms // FRAME_MS
        self._frames: list[MediaFrame] = []

    def add(self, frame: MediaFrame) -> MicroTurnIn | None:
        """The micro-turn that this frame completes, or None."""
        self._frames.append(frame)
        if len(self._frames) < self._per_turn:
            return None
        frames, self._frames = self._frames, []
        return MicroTurnIn(
            caller_pcm=np.concatenate([from_bytes(item.caller) for item in frames]),
            agent_pcm=np.concatenate([item.played.pcm for item in frames]),
            agent_words=tuple(word for item in frames for word in item.played.words),
            more_to_say=frames[-1].played.more_to_say,
        )
