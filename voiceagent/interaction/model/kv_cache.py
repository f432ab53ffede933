"""Keys and values of the last positions, one ring per row: bounded, whatever the length of the call."""

import torch
from torch import Tensor

from voiceagent.core.errors import InternalError


class KvRing:
    """One layer's ring. Position `p` of a row lives at `p % places`; the place behind the last one is the sink.

    The layout is the one that attention reads, so that a step copies no more than it must:
    held (rows, 2, kv_heads, places + 1, head_width), keys before values. The sink is a key and a value of zeros.
    """

    def __init__(self, rows: int, places: int, kv_heads: int, head_width: int) -> None:
        self.places = places
        self.held = torch.zeros(rows, 2, kv_heads, places + 1, head_width)

    def reset(self, rows: Tensor) -> None:
        """Forget the named rows, (n,) long."""
        self.held[rows] = 0.0

    def write(self, pairs: Tensor, rows: Tensor, places: Tensor) -> None:
        """Put keys and values (n, T, 2, kv_heads, d) into places (n, T) of the rows (n,) long."""
        self.held[rows[:, None], :, :, places] = pairs

    def read(self, rows: Tensor | slice) -> tuple[Tensor, Tensor]:
        """Keys and values of rows (n,) with the sink, each (n, kv_heads, places + 1, d). A slice costs no copy."""
        held = self.held[rows] if isinstance(rows, slice) else self.held.index_select(0, rows)
        return held[:, 0], held[:, 1]

    def check_integrity(self, row: int, offset: int) -> None:
        """A row at this offset holds numbers where it wrote, and nothing elsewhere. Raises InternalError."""
        held = self.held[row]
        if not torch.isfinite(held).all():
            raise InternalError(f"key ring of row {row} holds values that are not finite")
        if held[:, :, self.places].any():
            raise InternalError(f"key ring of row {row} has something in its sink")
        if held[:, :, min(offset, self.places) :].any():
            raise InternalError(f"key ring of row {row} holds more than its {offset} positions")
