"""What a preset that speaks or writes says by itself: likeliest levels through its vocoder, likeliest bytes."""

import torch
from torch import Tensor

from voiceagent.audio.frame import Pcm, from_float
from voiceagent.core.errors import InternalError
from voiceagent.interaction.contract import OwnSpeech
from voiceagent.interaction.model.heads import Outputs
from voiceagent.interaction.model.network import DuplexNetwork
from voiceagent.interaction.model.token_stream import decoded_text
from voiceagent.interaction.model.vocoder import Held


class OwnVoices:
    """Owns what the vocoder holds between micro-turns, for each slot and for the spare row behind them."""

    def __init__(self, network: DuplexNetwork, slots: int) -> None:
        if network.vocoder is None:
            raise InternalError(f"preset {network.config.name!r} has no vocoder")
        self._vocoder = network.vocoder
        self._held = self._vocoder.start(slots + 1)

    def reset(self, slot: int) -> None:
        self._held.levels[slot] = 0
        self._held.tail[slot] = 0.0

    def say(self, outputs: Outputs, rows: Tensor) -> list[Pcm]:
        """One micro-turn of audio (turn_samples,) for each of the rows (B,) long."""
        if outputs.agent_audio is None:
            raise InternalError("this network has no audio head")
        levels = outputs.agent_audio[:, 0].argmax(-1).to(torch.uint8)  # (B, frames, 80)
        before = Held(levels=self._held.levels[rows], tail=self._held.tail[rows])
        audio, after = self._vocoder(levels, before)
        self._held.levels[rows], self._held.tail[rows] = after.levels, after.tail
        return [from_float(row) for row in audio.numpy()]


def own_speech(pcm: Pcm | None, outputs: Outputs, row: int) -> OwnSpeech | None:
    """What that row would say in the next micro-turn; None when the preset neither speaks nor writes."""
    if pcm is None and outputs.agent_tokens is None:
        return None
    return OwnSpeech(pcm=pcm, text=b"" if outputs.agent_tokens is None else _written(outputs.agent_tokens[row, 0]))


def _written(logits: Tensor) -> bytes:
    return decoded_text(logits.argmax(-1).tolist())
