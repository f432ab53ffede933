"""Rotary positions (RoFormer, arXiv 2104.09864). Angles in float64: a two-hour call counts 90,000 micro-turns."""

import torch
from torch import Tensor

_BASE = 10_000.0


def rotation(positions: Tensor, head_width: int) -> tuple[Tensor, Tensor]:
    """What both halves of a head at positions (B, T) are multiplied with, as they are and swapped.

    Each (B, T, 1, 2, head_width / 2), float32: cosines twice; minus the sines, and the sines.
    """
    rates = _BASE ** (-torch.arange(0, head_width, 2, dtype=torch.float64) / head_width)
    angles = positions.to(torch.float64)[..., None] * rates
    cos, sin = angles.cos().float(), angles.sin().float()
    return torch.stack([cos, cos], -2)[:, :, None], torch.stack([-sin, sin], -2)[:, :, None]


def rotate(heads: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Rotate (B, T, H, head_width) pairwise (first half with second half)."""
    halves = heads.unflatten(-1, (2, -1))
    cos, sin = (part.to(heads.dtype) for part in turn)
    turned: Tensor = halves * cos + halves.flip(-2) * sin
    return turned.flatten(-2)
