"""Scenario f: a caller tells a long story in pieces. Pauses invite a sign of listening and are no offer of the floor.

The texts are written for judging only; training has its own. Every piece but the last is cut out of a longer
sentence, in which the next one follows after a comma: so it sounds as if there is more to come.
"""

from typing import Final

import numpy as np
import soxr
from numpy.random import Generator

from voiceagent.interaction.evaluation.recipes import Made, seconds
from voiceagent.interaction.training.phrases import one_of
from voiceagent.interaction.training.signals import Signal
from voiceagent.interaction.training.spoken_on import spoken_on
from voiceagent.interaction.training.timing import pause_s
from voiceagent.interaction.training.voices import CastVoice, say

_OPENINGS: Final = (
    "so what happened is that I ordered the heater in spring",
    "well it all began when we came back from our holidays",
    "okay let me explain, my neighbour took the parcel in",
    "it is a long story, we had the kitchen done last month",
    "right, so the technician was here on the first of June",
)
_CLAUSES: Final = (
    "he left a card under the door", "the label had the wrong street on it", "my daughter signed for two boxes",
    "the lamp was cracked at the bottom", "they asked me for a photograph", "I filled in the form twice",
    "the shop was closed for repairs", "somebody had opened the package", "the engine made a strange noise",
    "nobody at the desk could find my name", "we drove all the way to the depot", "the screen stayed completely dark",
    "the second invoice came by post", "my bank had blocked the card", "the plumber never turned up",
    "I spoke to a gentleman in the evening", "he wrote everything down", "the carpet was soaking wet",
    "they moved the meeting to the other building", "my uncle had bought the same model",
)  # fmt: skip
_JOINS: Final = ("and then", "but", "so", "and", "because", "and after that", "and of course", "although")
_ENDINGS: Final = (
    "and that is why I am calling you today.",
    "so now I would like my money back, please.",
    "and I want to know what you can do about it.",
    "so could you please look into that for me?",
)
_HESITATES: Final = 0.3  # of the pauses come in the middle of a clause, where a backchannel would be odd


def story(rng: Generator, voice: CastVoice) -> Made:
    """Four to seven pieces and an end. Pauses after a clause are opportunities, hesitations within one are not."""
    shift = float(np.round(rng.uniform(0.85, 1.18), 2))
    at = start = float(rng.uniform(0.8, 1.8))
    placed: list[tuple[float, Signal]] = []
    pauses, opportunities = [], []
    pieces, ending = _pieces(rng), one_of(rng, _ENDINGS)
    texts = [*(text for text, _ in pieces), ending]
    for (text, invites), following in zip(pieces, texts[1:], strict=True):
        sound = _shifted(spoken_on(voice, text, following)[0], shift)
        placed.append((at, sound))
        end = at + seconds(sound)
        at = end + max(0.4, pause_s(rng))
        pauses.append([end, at])
        if invites:
            opportunities.append([end, at])
    placed.append((at, _shifted(say(voice, ending)[0], shift)))
    fields = {"type": "narration", "speech_start": start, "pauses": pauses}
    return placed, {**fields, "backchannel_opportunities": opportunities, "speech_end": at + seconds(placed[-1][1])}


def _pieces(rng: Generator) -> list[tuple[str, bool]]:
    """Texts, and whether the pause after each is an opportunity."""
    clauses = rng.permutation(len(_CLAUSES))[: int(rng.integers(3, 7))]
    pieces = [(one_of(rng, _OPENINGS), True)]
    for number in clauses:
        text = f"{one_of(rng, _JOINS)} {_CLAUSES[int(number)]}"
        if rng.random() < _HESITATES:
            words = text.split()
            cut = len(words) - 2
            pieces += [(" ".join(words[:cut]), False), (" ".join(words[cut:]), True)]
        else:
            pieces.append((text, True))
    return pieces


def _shifted(sound: Signal, shift: float) -> Signal:
    """shift > 1 is a longer vocal tract: lower and slower."""
    shifted: Signal = soxr.resample(sound, 1.0, shift, quality="QQ")
    return shifted
