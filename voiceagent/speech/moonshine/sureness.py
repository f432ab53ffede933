"""How likely it is that the words which were held to a grammar were said. Pure.

Speech of the grammar is explained by its sentence nearly as well as by the freest text; other speech much worse, or by
a sentence that is too short for it. A logistic regression over such features, fitted on made voices over a
telephone band (runs/fit_moonshine.py); half of its examples say something else.
"""

import math
from typing import Final

from voiceagent.speech.moonshine.pieces import text_of
from voiceagent.speech.moonshine.reading import Reading

_INTERCEPT: Final = -2.7  # fitted: -2.295; to be misunderstood is worse than to be asked again
_PER_MARGIN: Final = 2.551  # nats a piece, from the free text to the sentence of the grammar
_PER_CLEARNESS: Final = 2.013  # nats a piece of the free text: of mumbling it makes something, and is not sure of it
_PER_LOG_SECONDS_A_LETTER: Final = -1.71  # a "yes" over two seconds of speech
_PER_LOG_WORDS: Final = 0.959
_OF_A_MURMUR: Final = 1.206  # the model writes nothing for most of "uh huh"
_SHORTEST_S: Final = 0.05


def features(reading: Reading) -> tuple[float, float, float, float, float] | None:
    """Margin, clearness, log seconds a letter, log words, whether it is a murmur; None when no sentence was found."""
    held, free = reading.held, reading.free
    words = text_of(held.pieces).split() if held is not None else []
    letters = sum(len(word) for word in words)
    if held is None or not letters:
        return None
    margin = (held.score - free.score) / (1 + max(len(held.pieces), len(free.pieces)))
    pace = math.log(max(_SHORTEST_S, reading.voiced_s) / letters)
    murmur = float(not free.pieces)
    return max(-4.0, min(1.0, margin)), max(-2.0, free.mean), pace, math.log(len(words)), murmur


def sure_of_held(reading: Reading) -> float:
    """[0, 1]: of what gets 0.8, four of five were said."""
    known = features(reading)
    if known is None:
        return 0.0
    weights = (_PER_MARGIN, _PER_CLEARNESS, _PER_LOG_SECONDS_A_LETTER, _PER_LOG_WORDS, _OF_A_MURMUR)
    logit = _INTERCEPT + sum(weight * feature for weight, feature in zip(weights, known, strict=True))
    return 1.0 / (1.0 + math.exp(-logit))


def sure_of_free(reading: Reading) -> float:
    """[0, 1]: the geometric mean of the pieces' probabilities."""
    return math.exp(reading.free.mean) if reading.free.pieces else 0.0
