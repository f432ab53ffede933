"""Did the caller say something of the grammar, or something else? Judged from scores; pure.

A word's margin is its score on the grammar's path minus the score of a free loop over all phones in the same frames, in
pocketsphinx' units; it is negative, and the closer to zero per frame, the better the grammar explains the sound.
"""

import math
from dataclasses import dataclass
from typing import Final

UNDERSTOOD_FROM: Final = 0.5  # confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class WordScore:
    """A word of the path; frames of 10 ms, both ends included."""

    word: str
    first: int
    last: int
    margin: float

    @property
    def frames(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PathScore:
    """A path through a grammar. `silence`: how many of the `frames` the phone loop takes for silence.

    voiced: the share of the frames between first and last word that can be a voice (`speech.voicing`), in [0, 1].
    """

    words: tuple[WordScore, ...]
    frames: int
    silence: int
    voiced: float = 1.0


# Logistic regression on espeak-ng callers and recorded speech over a telephone band, checked on other voices. The
# intercept is moved so that 0.5 keeps nine of ten rightly heard sentences (see benchmarks/bench_recogniser.py).
_INTERCEPT: Final = 25.13
_PER_MEAN_MARGIN: Final = 0.154  # units a frame
_PER_WORST_MARGIN: Final = 0.0225
_PER_LOG_FRAMES_A_WORD: Final = -4.26  # a few long words stretched over other speech
_PER_UNCOVERED: Final = -9.72  # speech that no word accounts for
_PER_LOG_WORDS: Final = -2.10  # many short words can be fitted to anything
LEAST_VOICED: Final = 0.12  # a short "yes" has 0.26; hiss, knocks and keypad tones have less than 0.03
_SHORTEST_WORD_FRAMES: Final = 8  # below it a single bad frame would be the worst word


def features(path: PathScore) -> tuple[float, float, float, float, float]:
    """Mean margin a frame, the worst word's, frames a word, share of speech frames outside of words, words."""
    covered = sum(word.frames for word in path.words)
    mean = sum(word.margin for word in path.words) / max(1, covered)
    worst = min(word.margin / max(_SHORTEST_WORD_FRAMES, word.frames) for word in path.words)
    speech = max(1, path.frames - path.silence)
    return mean, worst, covered / len(path.words), max(0.0, speech - covered) / speech, len(path.words)


def confidence(path: PathScore) -> float:
    """[0, 1]: how likely the words were said; from UNDERSTOOD_FROM on they are taken as understood."""
    if not path.words or path.voiced < LEAST_VOICED:
        return 0.0
    mean, worst, pace, uncovered, words = features(path)
    logit = (
        _INTERCEPT
        + _PER_MEAN_MARGIN * mean
        + _PER_WORST_MARGIN * worst
        + _PER_LOG_FRAMES_A_WORD * math.log(max(1.0, pace))
        + _PER_UNCOVERED * uncovered
        + _PER_LOG_WORDS * math.log(words)
    )
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))
