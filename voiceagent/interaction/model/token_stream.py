"""Text as a stream: 0..n bytes a micro-turn, summed into its position with the role that they have.

Bytes need no tokenizer, no language and no table of 100,000 rows, and speech brings about 15 of them a second. Their
order within the micro-turn is kept by turning each by its place before the sum (as RoPE turns a head, arXiv
2104.09864): a plain sum would read "on" and "no" as the same.
"""

from collections.abc import Iterable
from typing import Final

import torch
from torch import Tensor, nn

from voiceagent.interaction.model.rope import rotate, rotation
from voiceagent.interaction.presets import ModelConfig, TokenRole

NOTHING: Final = 0
VOCABULARY: Final = 257  # nothing, and the bytes


def encoded_text(text: str) -> list[int]:
    return [byte + 1 for byte in text.encode()]


def decoded_text(tokens: Iterable[int]) -> bytes:
    """UTF-8; it may end inside a letter."""
    return bytes(token - 1 for token in tokens if token != NOTHING)


class TokenEmbedding(nn.Module):
    """tokens (B, T, n) long, 0 where there is none, and their roles (B, T, n) long, to (B, T, width)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.width = config.width
        self.bytes = nn.Embedding(VOCABULARY, config.width)
        self.roles = nn.Embedding(len(TokenRole), config.width)
        for table in (self.bytes, self.roles):
            nn.init.normal_(table.weight, std=0.02)

    def forward(self, tokens: Tensor, roles: Tensor) -> Tensor:
        there = (tokens != NOTHING)[..., None]
        turn = rotation(torch.arange(tokens.shape[-1])[None], self.width)
        said = rotate(self.bytes(tokens).flatten(0, 1)[:, :, None], turn).view(*tokens.shape, self.width)
        return ((said + self.roles(roles)) * there).sum(-2)  # type: ignore[no-any-return]
