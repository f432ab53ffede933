"""One transformer block: RMSNorm, attention, RMSNorm, SwiGLU or a mixture of them."""

from torch import Tensor, nn

from voiceagent.interaction.model.attention import Attention, Reach
from voiceagent.interaction.model.kv_cache import KvRing
from voiceagent.interaction.model.mixture import Mixture
from voiceagent.interaction.model.swiglu import SwiGlu
from voiceagent.interaction.presets import ModelConfig


class Block(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.attention_norm = nn.RMSNorm(config.width)
        self.attention = Attention(config)
        self.feed_norm = nn.RMSNorm(config.width)
        self.feed = Mixture(config) if config.experts else SwiGlu(config.width, config.hidden_width)

    def forward(self, hidden: Tensor, reach: Reach, ring: KvRing | None) -> Tensor:
        """(B, T, width) to (B, T, width)."""
        hidden = hidden + self.attention(self.attention_norm(hidden), reach, ring)
        return hidden + self.feed(self.feed_norm(hidden))  # type: ignore[no-any-return]
