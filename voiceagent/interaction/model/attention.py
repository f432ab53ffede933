"""Grouped-query attention over a sliding window, with a sink.

The sink is one key and value of zeros beside the window: a place to put attention when nothing matters (softmax with
one more in
the denominator). Unlike kept first tokens it does not drift away from the queries as a call gets long, and it costs
no memory.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from voiceagent.interaction.model.kv_cache import KvRing
from voiceagent.interaction.model.rope import rotate, rotation
from voiceagent.interaction.presets import ModelConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRows:
    """Which rows of a state a batch stands for: read (B,) long, write (B,) bool."""

    read: Tensor
    write: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What every layer of one forward pass shares: where the positions are and what each may see."""

    positions: Tensor  # (B, T)
    turn: tuple[Tensor, Tensor]  # rotation of the positions
    mask: Tensor  # (B, 1, T, S + 1), 0 or -inf; the last column is the sink
    rows: StateRows | None  # None offline


def reach_of(config: ModelConfig, positions: Tensor, past: Tensor | None, rows: StateRows | None) -> Reach:
    """Positions (B, T) see themselves and `past` (B, W), as far as the window goes and nothing later."""
    seen = positions if past is None else torch.cat([past, positions], dim=1)
    distance = positions[:, :, None] - seen[:, None, :]
    visible = (distance >= 0) & (distance < config.attention_window) & (seen[:, None, :] >= 0)
    mask = torch.zeros(visible.shape).masked_fill(~visible, float("-inf"))
    return Reach(
        positions=positions, turn=rotation(positions, config.head_width), mask=F.pad(mask, (0, 1))[:, None], rows=rows
    )


class Attention(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.head_width = config.heads, config.kv_heads, config.head_width
        self.query = nn.Linear(config.width, config.heads * config.head_width, bias=False)
        self.key_value = nn.Linear(config.width, 2 * config.kv_heads * config.head_width, bias=False)
        self.out = nn.Linear(config.heads * config.head_width, config.width, bias=False)

    def forward(self, hidden: Tensor, reach: Reach, ring: KvRing | None) -> Tensor:
        """Attend from hidden (B, T, width) to the ring's past and to itself; then extend the ring."""
        batch, length, _ = hidden.shape
        queries = rotate(self.query(hidden).view(batch, length, self.heads, self.head_width).float(), reach.turn)
        both = self.key_value(hidden).view(batch, length, 2 * self.kv_heads, self.head_width).float()
        keys, values = both.chunk(2, dim=2)
        keys = rotate(keys, reach.turn)
        all_keys, all_values = keys, values
        if ring is not None and reach.rows is not None:
            read, write = reach.rows.read, reach.rows.write
            all_keys, all_values = torch.cat([ring.keys[read], keys], 1), torch.cat([ring.values[read], values], 1)
            ring.write(keys[write], values[write], reach.positions[write], read[write])
        mixed = F.scaled_dot_product_attention(
            queries.transpose(1, 2),
            _with_sink(all_keys),
            _with_sink(all_values),
            attn_mask=reach.mask,
            enable_gqa=True,
        )
        return self.out(mixed.transpose(1, 2).reshape(batch, length, -1))  # type: ignore[no-any-return]


def _with_sink(shared: Tensor) -> Tensor:
    """(B, S, kv_heads, d) to (B, kv_heads, S + 1, d); the sink comes last."""
    return F.pad(shared.transpose(1, 2), (0, 0, 0, 1))
