"""What presets that write or speak are taught: the agent's next micro-turn, from everything until now."""

import torch.nn.functional as F
from torch import Tensor

from voiceagent.interaction.model.token_stream import NOTHING
from voiceagent.interaction.presets import TokenRole


def audio_loss(logits: Tensor, agent: Tensor) -> Tensor:
    """Cross-entropy in nats a channel. logits (B, T, frames, 80, 16), agent (B, T, frames, 80): as it was played."""
    return F.cross_entropy(logits[:, :-1].flatten(0, 3), agent[:, 1:].flatten().long())


def text_loss(logits: Tensor, tokens: Tensor, roles: Tensor) -> Tensor:
    """Cross-entropy in nats a place. logits (B, T, n, VOCABULARY), tokens and roles (B, T, n): the agent's own words.

    They come first in their micro-turn, so their places are known; context in the places behind them is not learnt.
    """
    own = tokens.where(roles == TokenRole.AGENT_WORDS, NOTHING)
    return F.cross_entropy(logits[:, :-1].flatten(0, 2), own[:, 1:].flatten())
