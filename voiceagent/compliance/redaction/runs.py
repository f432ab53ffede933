"""Runs of figures in a text: numbers in a row, with fillers, corrections and misheard words in between."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from voiceagent.compliance.redaction.figures import Figure, figure_at
from voiceagent.compliance.redaction.tokens import Token, Tokens, words

_JOINERS: Final = frozenset("-.,/()+#\u2013'_;*")
_FILLERS: Final = words(
    "um uh er erm hmm ah mm then and so like okay ok yeah yes dash hyphen space slash dot point plus comma the"
    " that's it's next lastly finally followed by you know let me see"
)
_CORRECTING: Final = words(
    "no not sorry wait actually i mean meant make that it's it was rather scratch correction instead of oops"
    " pardon hang hold on um uh er excuse me say again repeat start over"
)
_REPEATS: Final = words("double triple treble")
_MOST_FILLERS, _MOST_CORRECTING, _MOST_UNSURE, _MOST_SIGNS = 2, 7, 2, 4


@dataclass(frozen=True, slots=True)
class Run:
    """Tokens [at, end) that say `digits`. `parts`: how many numbers they were said in."""

    at: int
    end: int
    digits: str
    parts: int

    def __len__(self) -> int:
        return len(self.digits)


def runs_in(tokens: Tokens, taken: list[bool]) -> Iterator[Run]:
    """Every run, in order, over tokens that are not taken."""
    at = 0
    while at < len(tokens):
        run = _run_at(tokens, at, taken)
        if run is None:
            at += 1
            continue
        yield run
        at = run.end


def widened(tokens: Tokens, run: Run, taken: list[bool]) -> Run:
    """The run with words at its edges that sound like figures: part of a long number more likely than not."""
    at, end = run.at, run.end
    while at > 0 and not taken[at - 1] and _unsure(tokens, at - 1):
        at -= 1
    while end < len(tokens) and not taken[end] and _unsure(tokens, end):
        end += 1
    return Run(at, end, run.digits, run.parts)


def _unsure(tokens: Tokens, at: int) -> bool:
    found = figure_at(tokens, at)
    return tokens[at].text in _REPEATS if found is None else not found.sure


def _run_at(tokens: Tokens, at: int, taken: list[bool]) -> Run | None:
    first = figure_at(tokens, at)
    if first is None or not first.sure or any(taken[first.at : first.end]):
        return None
    digits, end, parts = first.digits, first.end, 1
    gap = _Gap(first)
    place = end
    while place < len(tokens) and not taken[place] and not tokens[place].is_mark:
        found = figure_at(tokens, place)
        if found is not None and any(taken[found.at : found.end]):
            break
        if found is not None and found.sure:
            digits, end, parts = digits + gap.unsure + found.digits, found.end, parts + 1
            gap, place = _Gap(found), found.end
            continue
        if not gap.passes(tokens[place], found):
            break
        place += 1
    return Run(at, end, digits, parts)


class _Gap:
    """What lies between two numbers of a run."""

    def __init__(self, behind: Figure) -> None:
        self._figure_by_figure = len(behind.digits) == 1  # else "for" is more likely itself: "42.99 for 6"
        self.unsure = ""
        self._fillers = self._correcting = self._signs = self._unsure = 0

    def passes(self, token: Token, found: Figure | None) -> bool:
        """Take one more token; False when the run ends before it."""
        if token.text in _JOINERS:
            self._signs += 1
        elif token.text in _CORRECTING:
            self._correcting += 1
        elif token.text in _FILLERS:
            self._fillers += 1
        elif found is not None and self._figure_by_figure:
            self.unsure += found.digits
            self._unsure += 1
        else:
            return False
        return (
            self._signs <= _MOST_SIGNS
            and self._fillers <= _MOST_FILLERS
            and self._unsure <= _MOST_UNSURE
            and self._correcting <= _MOST_CORRECTING
        )


def ends_turn(tokens: Tokens, run: Run) -> bool:
    """Whether nothing comes behind the run that says anything."""
    return not any(token.is_word and token.text not in _FILLERS for token in tokens[run.end :])


def words_between(tokens: Tokens, before: Run, after: Run) -> int:
    """How many words lie between two runs."""
    return sum(tokens[at].is_word for at in range(before.end, after.at))
