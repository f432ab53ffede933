"""What the network is taught: the floor, backchannels, the next two seconds (VAP, arXiv 2205.09812), the caller's
words."""

from dataclasses import dataclass
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from voiceagent.interaction.model.heads import FloorAct, Outputs
from voiceagent.interaction.model.letters import BLANK, LETTERS_PER_TURN
from voiceagent.interaction.training.labels import HARD, UNLEARNT
from voiceagent.interaction.training.spelled import UNPLACED

_BINS_MS: Final = (200, 400, 600, 800)
_BACKCHANNEL_SHARE: Final = 0.25
_PROJECTION_SHARE: Final = 0.25
_ACTIVITY_SHARE: Final = 0.25
_WORDS_SHARE: Final = 0.5
_SPELLED_SHARE: Final = 0.25
_UNKNOWN: Final = -100  # cross_entropy's ignore_index
# Interruptions, and what must not stop the agent, are rare: both weigh as much, so that neither is the cheap mistake.
# A weight moves its act's probability at every moment of doubt: with 2 for SPEAK the model answered into every pause,
# with more for YIELD than for what is hard it stopped for every "okay" (runs/LOG.md).
_ACT_WEIGHT: Final = {FloorAct.LISTEN: 1.0, FloorAct.SPEAK: 1.0, FloorAct.YIELD: 3.0}
_HARD_WEIGHT: Final = 3.0
_WELCOME_WEIGHT: Final = 5.0  # pauses of stories are rare among all the moments of silence


@dataclass(frozen=True, slots=True, kw_only=True)
class LossParts:
    total: Tensor
    floor: Tensor
    backchannel: Tensor
    projection: Tensor
    activity: Tensor
    words: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetTensors:
    """As in the shards: floor, backchannel, weight (B, T); activity (B, T * frames_per_turn, 2); spelled (B,
    T * letters_per_turn); words (B, WORDS); heard (B, 1)."""

    floor: Tensor
    backchannel: Tensor
    weight: Tensor
    activity: Tensor
    spelled: Tensor
    words: Tensor
    heard: Tensor


def projection_classes(activity: Tensor, frames_per_turn: int, hop_ms: int = 20) -> Tensor:
    """(B, frames, 2) activity, one a hop, to (B, T) classes of the 2 s after each micro-turn; -100 where they are not
    known."""
    batch, frames, _ = activity.shape
    bins = [length // hop_ms for length in _BINS_MS]
    sums = F.pad(activity.float().cumsum(1), (0, 0, 1, 0))  # sums[:, f] counts frames before f
    starts = torch.arange(frames_per_turn, frames + 1, frames_per_turn)
    classes = torch.zeros(batch, len(starts), dtype=torch.long)
    for speaker in range(2):
        begin = starts.clone()
        for number, length in enumerate(bins):
            end = begin + length
            mean = (sums[:, end.clamp(max=frames), speaker] - sums[:, begin.clamp(max=frames), speaker]) / length
            classes += (mean >= 0.5).long() << (speaker * len(bins) + number)
            begin = end
    return torch.where(starts + sum(bins) <= frames, classes, _UNKNOWN)


def words_loss(logits: Tensor, words: Tensor, heard: Tensor, per_turn: int = LETTERS_PER_TURN) -> Tensor:
    """CTC over the rows whose words are known, nats a step.

    logits (B, T * per_turn, LETTERS); words (B, WORDS), heard (B, 1).
    By the step and not by the letter, so that silence is learnt too and counts as much as it lasts.
    """
    known = heard[:, 0] > 0
    steps = heard[known, 0].long() * per_turn
    if not len(steps):
        return logits.sum() * 0.0
    letters = words[known].long()
    scores = logits[known].log_softmax(-1).transpose(0, 1)
    sums = F.ctc_loss(scores, letters, steps, (letters != BLANK).sum(1), BLANK, reduction="sum", zero_infinity=True)
    return sums / steps.sum()


def spelled_loss(logits: Tensor, spelled: Tensor) -> Tensor:
    """Cross-entropy of (B, P, LETTERS) logits against the letters (B, P) whose places are known."""
    classes = spelled.long().where(spelled != UNPLACED, _UNKNOWN).flatten()
    known = (classes != _UNKNOWN).sum().clamp(min=1)
    return F.cross_entropy(logits.flatten(0, 1), classes, ignore_index=_UNKNOWN, reduction="sum") / known


def backchannel_loss(logits: Tensor, welcome: Tensor) -> Tensor:
    """Binary cross-entropy (B, T) where `welcome` is 0 or 1, not UNLEARNT."""
    known = (welcome != UNLEARNT).float()
    weight = known * torch.where(welcome == 1, _WELCOME_WEIGHT, 1.0)
    costs = F.binary_cross_entropy_with_logits(logits, (welcome == 1).float(), reduction="none")
    return (costs * weight).sum() / weight.sum().clamp(min=1.0)


def loss_of(outputs: Outputs, batch: TargetTensors, hop_ms: int = 20, *, decisions_only: bool = False) -> LossParts:
    """All parts are worked out; with `decisions_only` the total is of the floor and of backchannels alone."""
    floor, weight, activity = batch.floor, batch.weight, batch.activity
    frames = activity.shape[1] // floor.shape[1]
    acts = floor.long().where(floor != UNLEARNT, FloorAct.LISTEN)
    per_turn = F.cross_entropy(outputs.floor.flatten(0, 1), acts.flatten(), reduction="none").view(acts.shape)
    scale = torch.tensor([_ACT_WEIGHT[act] for act in FloorAct])[acts]
    scale = torch.where(weight == HARD, scale.clamp(min=_HARD_WEIGHT), scale) * (floor != UNLEARNT)
    floor_loss = (per_turn * scale).sum() / scale.sum().clamp(min=1.0)
    backchannel = backchannel_loss(outputs.backchannel, batch.backchannel)
    classes = projection_classes(activity, frames, hop_ms)
    projection = F.cross_entropy(outputs.projection.flatten(0, 1), classes.flatten(), ignore_index=_UNKNOWN)
    recent = activity[..., 0].view(*acts.shape, frames)[..., frames // 2 :].amax(-1).float()
    active = F.binary_cross_entropy_with_logits(outputs.caller_active, recent)
    words = words_loss(outputs.words, batch.words, batch.heard, outputs.words.shape[1] // floor.shape[1])
    decisions = floor_loss + _BACKCHANNEL_SHARE * backchannel
    teachers = (
        _PROJECTION_SHARE * projection
        + _ACTIVITY_SHARE * active
        + _WORDS_SHARE * words
        + _SPELLED_SHARE * spelled_loss(outputs.words, batch.spelled)
    )
    total = decisions if decisions_only else decisions + teachers
    return LossParts(
        total=total, floor=floor_loss, backchannel=backchannel, projection=projection, activity=active, words=words
    )
