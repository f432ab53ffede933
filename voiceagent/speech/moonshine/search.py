"""What was said: freely, and held to a grammar (a beam over the grammar's sentences)."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from voiceagent.speech.moonshine.pieces import END
from voiceagent.speech.moonshine.spelling import Places, SpeltNetwork

_WIDTH: Final = 8
_BEHIND: Final = 8.0  # nats; a line that is so much less likely than the best does not catch up
_CATCHING_UP: Final = 3.0  # nats of worth that a line may gain on a finished one
_LONGEST: Final = 64  # pieces
_A_PIECE: Final = 0.6  # nats; without it a short sentence wins, because it has less to explain

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class Writer(Protocol):
    """As `network.Writing`."""

    def begin(self) -> Floats: ...
    def add(self, pieces: Ints, to: Ints) -> Floats: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What was written: pieces without END, and the log probability of all of it with END."""

    pieces: tuple[int, ...]
    score: float

    @property
    def mean(self) -> float:
        """Log probability a piece."""
        return self.score / (len(self.pieces) + 1)

    @property
    def worth(self) -> float:
        return self.score + _A_PIECE * len(self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A line that may go on; `row` of the scores that belong to it, `places` in the grammar behind it."""

    pieces: tuple[int, ...]
    score: float
    row: int
    places: Places


def freely(writer: Writer, longest: int = _LONGEST) -> Line:
    """The likeliest piece each time, until the model ends or has written `longest` pieces."""
    pieces: list[int] = []
    scores, total = writer.begin(), 0.0
    while True:
        piece = int(scores[0].argmax())
        total += float(scores[0, piece])
        if piece == END or len(pieces) >= longest:
            return Line(pieces=tuple(pieces), score=total)
        pieces.append(piece)
        scores = writer.add(np.array([piece]), np.array([0]))


def within(writer: Writer, grammar: SpeltNetwork, longest: int = _LONGEST) -> Line | None:
    """The sentence of the grammar that is worth most; None when none was found."""
    beam = [_Open(pieces=(), score=0.0, row=0, places=grammar.start())]
    scores, best = writer.begin(), None
    while True:
        ended, going_on = _grown(beam, scores, grammar)
        best = max([*ended, *([best] if best else [])], key=lambda line: line.worth, default=None)
        beam = _hopeful(going_on, best)
        if not beam or len(beam[0].pieces) >= longest:
            return best
        scores = writer.add(np.array([line.pieces[-1] for line in beam]), np.array([line.row for line in beam]))


def _grown(beam: list[_Open], scores: Floats, grammar: SpeltNetwork) -> tuple[list[Line], list[_Open]]:
    """Every line with every piece that may follow: those that end with it, and those that do not."""
    ended: list[Line] = []
    going_on: list[_Open] = []
    for row, line in enumerate(beam):
        for piece, places in grammar.after(line.places).items():
            score = line.score + float(scores[row, piece])
            if piece == END:
                ended.append(Line(pieces=line.pieces, score=score))
            else:
                going_on.append(_Open(pieces=(*line.pieces, piece), score=score, row=row, places=places))
    return ended, going_on


def _hopeful(lines: list[_Open], best: Line | None) -> list[_Open]:
    """The likeliest lines that can still win."""
    likeliest = sorted(lines, key=lambda line: -line.score)[:_WIDTH]
    if not likeliest:
        return []
    least = likeliest[0].score - _BEHIND
    enough = best.worth - _CATCHING_UP if best else -np.inf
    return [line for line in likeliest if line.score > least and line.score + _A_PIECE * len(line.pieces) > enough]
