"""Keys and values of the last `window` positions, one ring per row: bounded, whatever the length of the call."""

import torch
from torch import Tensor

from voiceagent.core.errors import InternalError


class KvRing:
    """One layer's ring. Position `p` of a row lives at ring index `p % window`; -1 marks an empty place."""

    def __init__(self, rows: int, window: int, kv_heads: int, head_width: int) -> None:
        self.window = window
        self.keys = torch.zeros(rows, window, kv_heads, head_width)
        self.values = torch.zeros(rows, window, kv_heads, head_width)
        self.positions = torch.full((rows, window), -1, dtype=torch.long)

    def reset(self, rows: Tensor) -> None:
        """Forget the named rows, (n,) long."""
        self.keys[rows] = 0.0
        self.values[rows] = 0.0
        self.positions[rows] = -1

    def write(self, keys: Tensor, values: Tensor, positions: Tensor, rows: Tensor) -> None:
        """Keep new keys and values (n, T, H, d) at positions (n, T) of the rows (n,) long."""
        latest = slice(max(0, positions.shape[1] - self.window), None)
        keys, values, positions = keys[:, latest], values[:, latest], positions[:, latest]
        places = positions % self.window
        self.keys[rows[:, None], places] = keys
        self.values[rows[:, None], places] = values
        self.positions[rows[:, None], places] = positions

    def check_integrity(self, offsets: Tensor) -> None:
        """Each row holds exactly its last `window` positions, each in its place. Raises InternalError."""
        for row, offset in enumerate(offsets.tolist()):
            held = self.positions[row]
            expected = torch.full_like(held, -1)
            recent = torch.arange(max(0, offset - self.window), offset)
            expected[recent % self.window] = recent
            if not torch.equal(held, expected):
                raise InternalError(f"key ring of row {row} does not hold the last positions before {offset}")
            if not torch.isfinite(self.keys[row]).all() or not torch.isfinite(self.values[row]).all():
                raise InternalError(f"key ring of row {row} holds values that are not finite")
