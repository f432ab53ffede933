"""One utterance, read: what Moonshine writes down freely, and which sentence of the grammar that was."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, ms_to_samples, to_float
from voiceagent.speech.free_text import fitting
from voiceagent.speech.moonshine.network import SHORTEST, Floats, MoonshineNetwork
from voiceagent.speech.moonshine.pieces import text_of
from voiceagent.speech.moonshine.search import Line, freely, within
from voiceagent.speech.moonshine.spelling import SpeltNetwork
from voiceagent.speech.word_network import compiled

_BEFORE, _BEHIND = ms_to_samples(150), ms_to_samples(400)  # consonants, and an end that fades
_LEVEL: Final = 0.08  # RMS that the model is given; a quiet line is not read worse than a loud one
_PIECES_A_SECOND: Final = 6.5  # more than that nobody says: the model repeats itself (arXiv 2410.15608, section 3)
_A_FEW_PIECES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`free` is the likeliest text at all and `held` the likeliest sentence of the grammar, None without one.

    voiced_s: from the first to the last sound that can be a voice.
    """

    free: Line
    held: Line | None
    voiced_s: float


def prepare(grammar: str) -> None:
    """Do now what the first utterance with this grammar would have to wait for."""
    if grammar:
        _spelt(grammar).after(_spelt(grammar).start())


def read(network: MoonshineNetwork, pcm: Pcm, span: tuple[int, int], grammar: str) -> Reading | None:
    """Read an utterance (samples,), 16 kHz, voiced from sample to sample; None when there is too little of it."""
    signal = _levelled(to_float(pcm), span)
    if len(signal) < SHORTEST:
        return None
    heard = network.hear(signal)
    longest = _A_FEW_PIECES + int(_PIECES_A_SECOND * len(signal) / SAMPLE_RATE_HZ)
    free = freely(network.write(heard), longest)
    held: Line | None = None
    if grammar:
        fits = fitting(text_of(free.pieces), compiled(grammar), whole=True)
        held = free if fits else within(network.write(heard), _spelt(grammar), longest)
    return Reading(free=free, held=held, voiced_s=(span[1] - span[0]) / SAMPLE_RATE_HZ)


def _levelled(signal: Floats, span: tuple[int, int]) -> Floats:
    """The voiced part with a little around it, at a level of its own."""
    begin, end = max(0, span[0] - _BEFORE), span[1] + _BEHIND
    cut = signal[begin:end]
    loud = float(np.sqrt(np.mean(cut**2))) if len(cut) else 0.0
    level = cut * np.float32(_LEVEL / max(loud, 1e-6))
    # Read in a pause, an utterance has hardly any silence behind it yet, and the model drops its last word
    padded: Floats = np.concatenate([level, np.zeros(end - begin - len(cut), np.float32)])
    return padded


@lru_cache(maxsize=256)
def _spelt(grammar: str) -> SpeltNetwork:
    return SpeltNetwork(compiled(grammar))
