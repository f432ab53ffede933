"""What the network says about each micro-turn: the floor, the next two seconds, and whether the caller is speaking."""

from dataclasses import dataclass
from enum import IntEnum

import torch
from torch import Tensor, nn

from voiceagent.interaction.model.letters import LETTERS, LETTERS_PER_TURN
from voiceagent.interaction.presets import PROJECTION_CLASSES, ModelConfig


class FloorAct(IntEnum):
    """Classes of the floor head."""

    LISTEN = 0
    SPEAK = 1
    BACKCHANNEL = 2
    YIELD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Logits: floor (B, T, 4) with impossible acts at -inf, projection (B, T, 256), caller_active (B, T), words
    (B, 2 T, LETTERS): what the caller says, a letter or a blank every 40 ms."""

    floor: Tensor
    projection: Tensor
    caller_active: Tensor
    words: Tensor


class Heads(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(config.width)
        self.floor = nn.Linear(config.width, len(FloorAct))
        self.projection = nn.Linear(config.width, PROJECTION_CLASSES)
        self.caller_active = nn.Linear(config.width, 1)
        self.words = nn.Linear(config.width, LETTERS_PER_TURN * LETTERS)

    def forward(self, hidden: Tensor, features: Tensor) -> Outputs:
        hidden = self.norm(hidden)
        return Outputs(
            floor=self.floor(hidden).float().masked_fill(~possible_acts(features), float("-inf")),
            projection=self.projection(hidden).float(),
            caller_active=self.caller_active(hidden).float().squeeze(-1),
            words=self.words(hidden).float().view(len(hidden), -1, LETTERS),
        )


def possible_acts(features: Tensor) -> Tensor:
    """Who is speaking decides what can be wished for: (B, T, 3) features to (B, T, 4) booleans.

    While the agent speaks it can go on or yield; while it is silent it can listen, take the floor or backchannel. The
    two
    questions share one softmax but never compete, so neither is learnt from the other's silence.
    """
    speaking = (features[..., 1] > 0) | (features[..., 2] > 0)
    always = torch.ones_like(speaking)
    return torch.stack([always, ~speaking, ~speaking, speaking], dim=-1)
