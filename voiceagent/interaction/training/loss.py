"""What the network is taught: the floor, the next two seconds (VAP, arXiv 2205.09812), and whether the caller
speaks."""

from dataclasses import dataclass
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from voiceagent.interaction.model.heads import FloorAct, Outputs
from voiceagent.interaction.training.labels import HARD, UNLEARNT

_BIN_FRAMES: Final = (10, 20, 30, 40)  # 0.2 / 0.4 / 0.6 / 0.8 s at 50 Hz
_HORIZON: Final = sum(_BIN_FRAMES)
_PROJECTION_SHARE: Final = 0.25
_ACTIVITY_SHARE: Final = 0.25
_UNKNOWN: Final = -100  # cross_entropy's ignore_index
# Interruptions, and what must not stop the agent, are rare: both weigh as much, so that neither is the cheap mistake.
# A weight moves its act's probability at every moment of doubt: with 2 for SPEAK the model answered into every pause,
# with more for YIELD than for what is hard it stopped for every "okay" (runs/LOG.md).
_ACT_WEIGHT: Final = {FloorAct.LISTEN: 1.0, FloorAct.SPEAK: 1.0, FloorAct.BACKCHANNEL: 2.0, FloorAct.YIELD: 3.0}
_HARD_WEIGHT: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LossParts:
    total: Tensor
    floor: Tensor
    projection: Tensor
    activity: Tensor


def projection_classes(activity: Tensor, frames_per_turn: int) -> Tensor:
    """(B, frames, 2) activity at 50 Hz to (B, T) classes of the 2 s after each micro-turn; -100 where they are not
    known."""
    batch, frames, _ = activity.shape
    sums = F.pad(activity.float().cumsum(1), (0, 0, 1, 0))  # sums[:, f] counts frames before f
    starts = torch.arange(frames_per_turn, frames + 1, frames_per_turn)
    classes = torch.zeros(batch, len(starts), dtype=torch.long)
    for speaker in range(2):
        begin = starts.clone()
        for number, length in enumerate(_BIN_FRAMES):
            end = begin + length
            mean = (sums[:, end.clamp(max=frames), speaker] - sums[:, begin.clamp(max=frames), speaker]) / length
            classes += (mean >= 0.5).long() << (speaker * len(_BIN_FRAMES) + number)
            begin = end
    return torch.where(starts + _HORIZON <= frames, classes, _UNKNOWN)


def loss_of(outputs: Outputs, floor: Tensor, weight: Tensor, activity: Tensor) -> LossParts:
    """floor, weight (B, T) uint8; activity (B, T * frames_per_turn, 2) uint8, as in the shards."""
    frames = activity.shape[1] // floor.shape[1]
    acts = floor.long().where(floor != UNLEARNT, FloorAct.LISTEN)
    per_turn = F.cross_entropy(outputs.floor.flatten(0, 1), acts.flatten(), reduction="none").view(acts.shape)
    scale = torch.tensor([_ACT_WEIGHT[act] for act in FloorAct])[acts]
    scale = torch.where((weight == HARD) & (acts == FloorAct.LISTEN), _HARD_WEIGHT, scale) * (floor != UNLEARNT)
    floor_loss = (per_turn * scale).sum() / scale.sum().clamp(min=1.0)
    classes = projection_classes(activity, frames)
    projection = F.cross_entropy(outputs.projection.flatten(0, 1), classes.flatten(), ignore_index=_UNKNOWN)
    recent = activity[..., 0].view(*acts.shape, frames)[..., frames // 2 :].amax(-1).float()
    active = F.binary_cross_entropy_with_logits(outputs.caller_active, recent)
    total = floor_loss + _PROJECTION_SHARE * projection + _ACTIVITY_SHARE * active
    return LossParts(total=total, floor=floor_loss, projection=projection, activity=active)
