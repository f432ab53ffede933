"""A caller who talks to a silent agent, heard at one go: for what depends on nothing that the agent does."""

import torch
from torch import Tensor

from voiceagent.interaction.evaluation.scenarios import Signal
from voiceagent.interaction.model.dmel import offline_dmel
from voiceagent.interaction.model.heads import Outputs
from voiceagent.interaction.model.network import DuplexNetwork, Inputs


def hear_out(network: DuplexNetwork, signal: Signal) -> Outputs:
    """The network's outputs for (samples,) at 16 kHz, one call; an incomplete last micro-turn is left out."""
    config = network.config
    whole = signal[: len(signal) // config.turn_samples * config.turn_samples]

    def in_turns(levels: object) -> Tensor:
        tensor = torch.as_tensor(levels)
        return tensor.reshape(1, -1, config.frames_per_turn, tensor.shape[-1])

    caller, agent = in_turns(offline_dmel(whole, config)), in_turns(offline_dmel(whole * 0.0, config))
    features = torch.zeros(1, caller.shape[1], 3, dtype=torch.uint8)
    with torch.inference_mode():
        outputs: Outputs = network(Inputs(caller=caller, agent=agent, features=features))
    return outputs
