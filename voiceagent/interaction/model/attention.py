"""Grouped-query attention over a sliding window, with a sink.

The sink is one key and value of zeros beside the window: a place to put attention when nothing matters (softmax with
one more in the denominator). Unlike kept first tokens it does not drift away from the queries as a call gets long, and
it costs no memory.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from voiceagent.interaction.model.kv_cache import KvRing
from voiceagent.interaction.model.rope import rotate, rotation
from voiceagent.interaction.model.state import Places
from voiceagent.interaction.presets import ModelConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What every layer of one forward pass shares: where the positions are and what each may see."""

    turn: tuple[Tensor, Tensor]  # rotation of the positions
    mask: Tensor  # offline (1, 1, T, T + 1), else (B, 1, T * heads / kv_heads, places + 1): 0 or -inf; last, the sink
    places: Places | None  # None offline


def offline_reach(config: ModelConfig, turns: int) -> Reach:
    """All positions of a call see themselves and what came before, as far as the window goes."""
    positions = torch.arange(turns)[None]
    return Reach(turn=rotation(positions, config.head_width), mask=_mask(config, positions, positions), places=None)


def streaming_reach(config: ModelConfig, places: Places) -> Reach:
    """New positions see what their rows' rings hold, themselves included; a row of the mask for each sharing head."""
    mask = _mask(config, places.positions, places.seen).repeat_interleave(config.heads // config.kv_heads, dim=2)
    return Reach(turn=rotation(places.positions, config.head_width), mask=mask, places=places)


def _mask(config: ModelConfig, positions: Tensor, seen: Tensor) -> Tensor:
    distance = positions[:, :, None] - seen[:, None, :]
    visible = (distance >= 0) & (distance < config.attention_window) & (seen[:, None, :] >= 0)
    mask = torch.zeros(visible.shape).masked_fill(~visible, float("-inf"))
    return F.pad(mask, (0, 1))[:, None]


class Attention(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.head_width = config.heads, config.kv_heads, config.head_width
        self.query = nn.Linear(config.width, config.heads * config.head_width, bias=False)
        self.key_value = nn.Linear(config.width, 2 * config.kv_heads * config.head_width, bias=False)
        self.out = nn.Linear(config.heads * config.head_width, config.width, bias=False)

    def forward(self, hidden: Tensor, reach: Reach, ring: KvRing | None) -> Tensor:
        """From hidden (B, T, width): attend to what the reach allows, in the ring or, offline, in hidden itself."""
        batch, length, _ = hidden.shape
        queries = self.query(hidden).view(batch, length, self.heads, self.head_width).float()
        both = self.key_value(hidden).view(batch, length, 2 * self.kv_heads, self.head_width).float()
        keys, values = both.chunk(2, dim=2)
        turned = rotate(torch.cat([queries, keys], dim=2), reach.turn)  # in one go: half the calls
        queries, keys = turned.split([self.heads, self.kv_heads], dim=2)
        if ring is None or reach.places is None:
            mixed = self._attend_offline(queries, keys, values, reach.mask)
        else:
            ring.write(torch.stack([keys, values], 2), reach.places.write, reach.places.places)
            mixed = self._attend_in_ring(queries, *ring.read(reach.places.read), reach.mask)
        return self.out(mixed)  # type: ignore[no-any-return]

    def _attend_offline(self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """Queries (B, T, heads, d), keys and values (B, T, kv_heads, d) to (B, T, heads * d)."""
        mixed = F.scaled_dot_product_attention(
            queries.transpose(1, 2), _with_sink(keys), _with_sink(values), attn_mask=mask, enable_gqa=True
        )
        return mixed.transpose(1, 2).flatten(2)

    def _attend_in_ring(self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """Queries (B, T, heads, d), keys and values (B, kv_heads, places + 1, d) to (B, T, heads * d).

        Heads that share a key stand in one column of queries, so that no key is copied for them.
        """
        batch, length, heads, width = queries.shape
        sharing = heads // self.kv_heads
        column = queries.view(batch, length, self.kv_heads, sharing, width).transpose(1, 2)  # (B, kv, T, sharing, d)
        mixed = F.scaled_dot_product_attention(column.flatten(2, 3), keys, values, attn_mask=mask)
        return mixed.view(batch, self.kv_heads, length, sharing, width).transpose(1, 2).reshape(batch, length, -1)


def _with_sink(shared: Tensor) -> Tensor:
    """(B, S, kv_heads, d) to (B, kv_heads, S + 1, d); the sink comes last."""
    return F.pad(shared.transpose(1, 2), (0, 0, 0, 1))
