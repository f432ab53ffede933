"""What the network's CTC head hears: greedy transcripts, and how many of their words are wrong."""

from collections.abc import Sequence

from voiceagent.audio.frame import Pcm, to_float
from voiceagent.interaction.evaluation.monologue import hear_out
from voiceagent.interaction.model.letters import collapsed
from voiceagent.interaction.model.network import DuplexNetwork


def transcribe(network: DuplexNetwork, pcm: Pcm) -> str:
    """The caller's words in `pcm` (samples,) at 16 kHz, with a silent agent: the likeliest letter every 40 ms."""
    outputs = hear_out(network, to_float(pcm))
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
