"""A caller who talks to a silent agent, heard at one go: for what depends on nothing that the agent does."""

import torch
from torch import Tensor

from voiceagent.interaction.evaluation.scenarios import Signal
from voiceagent.interaction.model.dmel import Levels, dmel_of, offline_dmel
from voiceagent.interaction.model.heads import Outputs
from voiceagent.interaction.model.network import DuplexNetwork, Inputs
from voiceagent.interaction.model.pitch import pitch_of
from voiceagent.interaction.model.spectrum import offline_magnitudes


def hear_out(network: DuplexNetwork, signal: Signal) -> Outputs:
    """The network's outputs for (samples,) at 16 kHz, one call; an incomplete last micro-turn is left out."""
    config = network.config
    whole = signal[: len(signal) // config.turn_samples * config.turn_samples]

    def in_turns(levels: Levels) -> Tensor:
        return torch.from_numpy(levels).reshape(1, -1, config.frames_per_turn, levels.shape[-1])

    heard = offline_magnitudes(whole, config)
    inputs = Inputs(
        caller=in_turns(dmel_of(heard, config)),
        agent=in_turns(offline_dmel(whole * 0.0, config)),
        features=torch.zeros(1, len(whole) // config.turn_samples, 3, dtype=torch.uint8),
        pitch=in_turns(pitch_of(heard, config)) if config.hears_pitch else None,
    )
    with torch.inference_mode():
        outputs: Outputs = network(inputs)
    return outputs
