"""What the network says about each micro-turn: the floor, the next two seconds, and whether the caller is speaking.

Presets that write or speak also say what the agent does next, all places of the next micro-turn at once: no place
waits for another, so a step costs one pass however fast the tokens come.
"""

from dataclasses import dataclass
from enum import IntEnum
from math import prod

import torch
from torch import Tensor, nn

from voiceagent.interaction.model.letters import LETTERS
from voiceagent.interaction.model.token_stream import VOCABULARY
from voiceagent.interaction.presets import LEVELS, MEL_CHANNELS, PROJECTION_CLASSES, ModelConfig


class FloorAct(IntEnum):
    """Classes of the floor head. A backchannel takes no floor and has a head of its own."""

    LISTEN = 0
    SPEAK = 1
    YIELD = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Logits: floor (B, T, 3) with impossible acts at -inf, backchannel (B, T), projection (B, T, 256), caller_active
    (B, T), words (B, T * letters_per_turn, LETTERS): what the caller says, a letter or a blank every 40 ms.

    Of the next micro-turn, None in presets without them: agent_tokens (B, T, tokens_per_turn, VOCABULARY), agent_audio
    (B, T, frames, 80, 16).
    """

    floor: Tensor
    backchannel: Tensor
    projection: Tensor
    caller_active: Tensor
    words: Tensor
    agent_tokens: Tensor | None = None
    agent_audio: Tensor | None = None


class Heads(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(config.width)
        # the acts and, behind them, the backchannel: three columns alone sum differently in batches of different sizes
        self.floor = nn.Linear(config.width, len(FloorAct) + 1)
        self.projection = nn.Linear(config.width, PROJECTION_CLASSES)
        self.caller_active = nn.Linear(config.width, 1)
        self.words = nn.Linear(config.width, config.letters_per_turn * LETTERS)
        self._tokens = (config.tokens_per_turn, VOCABULARY)
        self._audio = (config.frames_per_turn, MEL_CHANNELS, LEVELS)
        self.agent_tokens = nn.Linear(config.width, prod(self._tokens)) if config.writes else None
        # each channel its own softmax, as in dMel's decoder (reference section 4.2)
        self.agent_audio = nn.Linear(config.width, prod(self._audio)) if config.speaks else None

    def forward(self, hidden: Tensor, features: Tensor) -> Outputs:
        hidden = self.norm(hidden)
        acts, backchannel = self.floor(hidden).float().split([len(FloorAct), 1], dim=-1)
        return Outputs(
            floor=acts.masked_fill(~possible_acts(features), float("-inf")),
            backchannel=backchannel.squeeze(-1),
            projection=self.projection(hidden).float(),
            caller_active=self.caller_active(hidden).float().squeeze(-1),
            words=self.words(hidden).float().view(len(hidden), -1, LETTERS),
            agent_tokens=_shaped(self.agent_tokens, hidden, self._tokens),
            agent_audio=_shaped(self.agent_audio, hidden, self._audio),
        )


def _shaped(head: nn.Linear | None, hidden: Tensor, shape: tuple[int, ...]) -> Tensor | None:
    """Logits (B, T, *shape) of a head that a preset may lack."""
    return None if head is None else head(hidden).float().unflatten(-1, shape)


def possible_acts(features: Tensor) -> Tensor:
    """Who is speaking decides what can be wished for: (B, T, 3) features to (B, T, 3) booleans.

    While the agent speaks it can go on or yield; while it is silent it can listen or take the floor. The two
    questions share one softmax but never compete, so neither is learnt from the other's silence.
    """
    speaking = (features[..., 1] > 0) | (features[..., 2] > 0)
    always = torch.ones_like(speaking)
    return torch.stack([always, ~speaking, speaking], dim=-1)
