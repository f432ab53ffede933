"""Rotary positions (RoFormer, arXiv 2104.09864). Angles in float64: a two-hour call counts 90,000 micro-turns."""

import torch
from torch import Tensor

_BASE = 10_000.0


def rotation(positions: Tensor, head_width: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines for positions (B, T): each (B, T, 1, head_width / 2), float32."""
    rates = _BASE ** (-torch.arange(0, head_width, 2, dtype=torch.float64) / head_width)
    angles = positions.to(torch.float64)[..., None] * rates
    return angles.cos().float()[:, :, None], angles.sin().float()[:, :, None]


def rotate(heads: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Rotate (B, T, H, head_width) pairwise (first half with second half)."""
    first, second = heads.chunk(2, dim=-1)
    cos, sin = (part.to(heads.dtype) for part in turn)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)
