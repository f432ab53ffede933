"""The streaming state of a network as an explicit object: a ring per layer and an offset per row."""

import torch
from torch import Tensor

from voiceagent.interaction.model.kv_cache import KvRing
from voiceagent.interaction.presets import ModelConfig


class StreamState:
    """Owns what a network remembers between steps, for `rows` calls that need not be in step with each other."""

    def __init__(self, config: ModelConfig, rows: int) -> None:
        self.rows = rows
        self.offsets = torch.zeros(rows, dtype=torch.long)  # micro-turns that each row has lived through
        self.rings = [
            KvRing(rows, config.attention_window, config.kv_heads, config.head_width) for _ in range(config.depth)
        ]

    def reset(self, rows: Tensor) -> None:
        """The named rows, (n,) long, start a new call and remember nothing."""
        self.offsets[rows] = 0
        for ring in self.rings:
            ring.reset(rows)

    def advance(self, rows: Tensor, turns: int) -> None:
        self.offsets[rows] += turns

    def bytes_per_row(self) -> int:
        """Memory of one call; constant over its length."""
        held = sum(t.numel() * t.element_size() for r in self.rings for t in (r.keys, r.values, r.positions))
        return held // self.rows

    def check_integrity(self) -> None:
        """Every ring holds exactly what the offsets say. Raises InternalError."""
        for ring in self.rings:
            ring.check_integrity(self.offsets)
