"""Gated feed-forward layer (Shazeer, arXiv 2002.05202)."""

import torch.nn.functional as F
from torch import Tensor, nn


class SwiGlu(nn.Module):
    def __init__(self, width: int, hidden_width: int) -> None:
        super().__init__()
        self.gate_up = nn.Linear(width, 2 * hidden_width, bias=False)
        self.down = nn.Linear(hidden_width, width, bias=False)

    def forward(self, hidden: Tensor) -> Tensor:
        return self.down(gated(self.gate_up(hidden)))  # type: ignore[no-any-return]


def gated(both: Tensor) -> Tensor:
    """Gates and values (..., 2 * hidden_width) to (..., hidden_width)."""
    gate, up = both.chunk(2, dim=-1)
    return F.silu(gate) * up
