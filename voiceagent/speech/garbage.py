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
    """A path through a grammar. `silence`: how many of the `frames` the phone loop takes for silence."""

    words: tuple[WordScore, ...]
    frames: int
    silence: int


def features(path: PathScore) -> tuple[float, ...]:
    """Mean margin a frame, the worst word's, frames a word, and the share of speech frames that no word covers."""
    covered = sum(word.frames for word in path.words)
    mean = sum(word.margin for word in path.words) / max(1, covered)
    worst = min(word.margin / max(8, word.frames) for word in path.words)
    speech = max(1, path.frames - path.silence)
    return mean, worst, covered / len(path.words), max(0.0, speech - covered) / speech


def confidence(path: PathScore) -> float:
    """[0, 1]: how likely the words were said; from UNDERSTOOD_FROM on they are taken as understood."""
    if not path.words:
        return 0.0
    mean, worst, pace, uncovered = features(path)
    logit = 4.0 + 0.1 * mean + 0.0 * worst + 0.0 * pace + 0.0 * uncovered
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))
