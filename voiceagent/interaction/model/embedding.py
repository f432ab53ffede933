"""Encoder-free fusion: a bag of embeddings for each frame, all streams summed into one position a micro-turn."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from voiceagent.interaction.presets import LEVELS, MAX_WORDS_PER_TURN, ModelConfig


class LevelEmbedding(nn.Module):
    """Levels of one stream, (..., frames, channels) uint8, to one vector a micro-turn, (..., width)."""

    def __init__(self, config: ModelConfig, channels: int) -> None:
        super().__init__()
        # neighbouring levels begin as neighbours: a table that is linear in the level learns from far fewer examples
        slope = torch.linspace(-1.7, 1.7, LEVELS)[None, :, None] * torch.randn(channels, 1, config.frame_width)
        start = (slope + 0.1 * torch.randn(channels, LEVELS, config.frame_width)) * channels**-0.5
        self.table = nn.Parameter(start.reshape(channels * LEVELS, config.frame_width))
        self.norm = nn.RMSNorm(config.frame_width)
        self.project = nn.Linear(config.frames_per_turn * config.frame_width, config.width, bias=False)
        offsets = torch.arange(channels) * LEVELS
        self.register_buffer("offsets", offsets, persistent=False)
        self.register_buffer("unit", torch.eye(LEVELS, dtype=torch.bfloat16), persistent=False)
        self.offsets: Tensor
        self.unit: Tensor

    def forward(self, levels: Tensor) -> Tensor:
        *lead, frames, channels = levels.shape
        flat = levels.reshape(-1, channels)
        if self.training:
            # as a matrix product: its gradient is a matrix product too, 16 times faster than scattering into the table
            one_hot = F.embedding(flat.int(), self.unit).reshape(len(flat), -1)
            bag = (one_hot @ self.table.to(one_hot.dtype)).float()
        else:
            bag = F.embedding_bag(flat.long() + self.offsets, self.table, mode="sum")
        return self.project(self.norm(bag).reshape(*lead, frames * self.norm.normalized_shape[0]))  # type: ignore[no-any-return]


class FeatureEmbedding(nn.Module):
    """The agent's word stream as far as the tiny presets read it: (..., 3) uint8 to (..., width)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.words = nn.Embedding(MAX_WORDS_PER_TURN + 1, config.width)
        self.more_to_say = nn.Embedding(2, config.width)
        self.sounding = nn.Embedding(2, config.width)
        for table in (self.words, self.more_to_say, self.sounding):
            nn.init.normal_(table.weight, std=0.02)

    def forward(self, features: Tensor) -> Tensor:
        words, more, sounding = features.long().unbind(-1)
        return self.words(words) + self.more_to_say(more) + self.sounding(sounding)  # type: ignore[no-any-return]
