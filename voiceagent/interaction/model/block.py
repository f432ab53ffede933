"""One transformer block: RMSNorm, attention, RMSNorm, SwiGLU."""

import torch.nn.functional as F
from torch import Tensor, nn

from voiceagent.interaction.model.attention import Attention, Reach
from voiceagent.interaction.model.kv_cache import KvRing
from voiceagent.interaction.presets import ModelConfig


class SwiGlu(nn.Module):
    """Gated feed-forward layer (Shazeer, arXiv 2002.05202)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.gate_up = nn.Linear(config.width, 2 * config.hidden_width, bias=False)
        self.down = nn.Linear(config.hidden_width, config.width, bias=False)

    def forward(self, hidden: Tensor) -> Tensor:
        gate, up = self.gate_up(hidden).chunk(2, dim=-1)
        return self.down(F.silu(gate) * up)  # type: ignore[no-any-return]


class Block(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.attention_norm = nn.RMSNorm(config.width)
        self.attention = Attention(config)
        self.feed_norm = nn.RMSNorm(config.width)
        self.feed = SwiGlu(config)

    def forward(self, hidden: Tensor, reach: Reach, ring: KvRing | None) -> Tensor:
        """(B, T, width) to (B, T, width)."""
        hidden = hidden + self.attention(self.attention_norm(hidden), reach, ring)
        return hidden + self.feed(self.feed_norm(hidden))  # type: ignore[no-any-return]
