"""What the network's CTC head hears: greedy transcripts, and how many of their words are wrong."""

from collections.abc import Sequence

import torch

from voiceagent.audio.frame import Pcm, to_float
from voiceagent.interaction.model.dmel import offline_dmel
from voiceagent.interaction.model.letters import collapsed
from voiceagent.interaction.model.network import DuplexNetwork, Inputs


def transcribe(network: DuplexNetwork, pcm: Pcm) -> str:
    """The caller's words in `pcm` (samples,) at 16 kHz, with a silent agent: the likeliest letter every 40 ms."""
    config = network.config
    signal = to_float(pcm[: len(pcm) // config.turn_samples * config.turn_samples])
    caller = _in_turns(offline_dmel(signal, config), config.frames_per_turn)
    silent = _in_turns(offline_dmel(signal * 0.0, config), config.frames_per_turn)
    features = torch.zeros(1, caller.shape[1], 3, dtype=torch.uint8)
    with torch.inference_mode():
        outputs = network(Inputs(caller=caller, agent=silent, features=features))
    return " ".join(collapsed(outputs.words[0].argmax(-1).tolist()).split())


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Levenshtein distance over words."""
    previous = list(range(len(heard) + 1))
    for row, word in enumerate(said, 1):
        current = [row]
        for column, other in enumerate(heard, 1):
            current.append(min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (word != other)))
        previous = current
    return previous[-1]


def _in_turns(levels: object, frames: int) -> torch.Tensor:
    tensor = torch.as_tensor(levels)
    return tensor.reshape(1, -1, frames, tensor.shape[-1])
