"""How likely it is that the words which were held to a grammar were said. Pure.

Speech of the grammar is explained by its sentence nearly as well as by the freest text; other speech much worse, or by
a sentence that is too short for it. A logistic regression over such features, fitted on made voices over a
telephone band (runs/fit_moonshine.py); half of its examples say something else.
"""

import math
from typing import Final

from voiceagent.speech.moonshine.pieces import text_of
from voiceagent.speech.moonshine.reading import Reading

_INTERCEPT: Final = 0.83  # fitted: 1.23; to be misunderstood is worse than to be asked again
_PER_MARGIN: Final = 2.233  # nats a piece, from the free text to the sentence of the grammar
_PER_CLEARNESS: Final = 2.271  # nats a piece of the free text: of mumbling it makes something, and is not sure of it
_PER_UNEXPLAINED_SECOND: Final = -3.22  # a "yes" over two seconds of speech
_PER_LOG_LETTERS: Final = 0.96
_OF_A_MURMUR: Final = 1.591  # the model writes nothing for most of "uh huh"

_A_WORD_S, _A_LETTER_S = 0.35, 0.07  # slow speech: more than that is not explained
_LONGEST_UNEXPLAINED_S: Final = 2.0


def features(reading: Reading) -> tuple[float, float, float, float, float] | None:
    """Margin, clearness, unexplained seconds, log letters, whether it is a murmur; None when no sentence was found."""
    held, free = reading.held, reading.free
    letters = sum(len(word) for word in text_of(held.pieces).split()) if held is not None else 0
    if held is None or not letters:
        return None
    margin = (held.score - free.score) / (1 + max(len(held.pieces), len(free.pieces)))
    unexplained = reading.voiced_s - _A_WORD_S - _A_LETTER_S * letters
    return (
        max(-4.0, min(1.0, margin)),
        max(-2.0, free.mean),
        max(0.0, min(_LONGEST_UNEXPLAINED_S, unexplained)),
        math.log(letters),
        float(not free.pieces),
    )


def sure_of_held(reading: Reading) -> float:
    """[0, 1]: how likely it was said; a little less than that, by the intercept."""
    known = features(reading)
    if known is None:
        return 0.0
    weights = (_PER_MARGIN, _PER_CLEARNESS, _PER_UNEXPLAINED_SECOND, _PER_LOG_LETTERS, _OF_A_MURMUR)
    logit = _INTERCEPT + sum(weight * feature for weight, feature in zip(weights, known, strict=True))
    return 1.0 / (1.0 + math.exp(-logit))


def sure_of_free(reading: Reading) -> float:
    """[0, 1]: the geometric mean of the pieces' probabilities."""
    return math.exp(reading.free.mean) if reading.free.pieces else 0.0
