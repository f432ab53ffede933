"""Video, encoder-free: 0 or 1 frame a micro-turn, its 40x40 patches through a small hMLP stem (arXiv 2203.09795).

The stem looks at each patch alone, in three steps of growing size (paper section 4: linear layers over pieces that do
not overlap, normalisation and GELU between). RMSNorm instead of the paper's batch norm: a call must not depend on
others.
"""

from typing import Final

import torch.nn.functional as F
from torch import Tensor, nn

from voiceagent.interaction.presets import ModelConfig

_STEPS: Final = (4, 2, 5)  # pixels, then pieces, that are joined on a side: 40 in all
_COLOURS: Final = 3


class VideoEmbedding(nn.Module):
    """Frames (B, T, side, side, 3) uint8 to (B, T, width); zero where `seen` (B, T) says that there is none."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = config.frame_width
        self.widths = (_COLOURS, width // 4, width // 4, width)
        sizes = zip(_STEPS, self.widths[:-1], self.widths[1:], strict=True)
        self.join = nn.ModuleList(nn.Linear(step * step * before, after) for step, before, after in sizes)
        self.norms = nn.ModuleList(nn.RMSNorm(after) for after in self.widths[1:])
        # every patch has its own columns, so that the sum still knows where it was
        self.project = nn.Linear(config.video_patches**2 * width, config.width, bias=False)

    def forward(self, frames: Tensor, seen: Tensor) -> Tensor:
        pieces = frames.flatten(0, 1).float() / 127.5 - 1.0  # (N, side, side, 3)
        for number, (step, join, norm) in enumerate(zip(_STEPS, self.join, self.norms, strict=True)):
            pieces = norm(join(_squares(F.gelu(pieces) if number else pieces, step)))
        return self.project(pieces.flatten(1)).view(*seen.shape, -1) * seen[..., None]  # type: ignore[no-any-return]


def _squares(image: Tensor, step: int) -> Tensor:
    """(N, side, side, c) to (N, side / step, side / step, step * step * c)."""
    count, side, _, channels = image.shape
    cut = image.view(count, side // step, step, side // step, step, channels).transpose(2, 3)
    return cut.reshape(count, side // step, side // step, step * step * channels)
