"""The likeliest text, and the likeliest sentence of a grammar, from what a model thinks of each piece."""

from collections.abc import Sequence

import numpy as np
import pytest

from voiceagent.speech.moonshine.pieces import END, following, pieces_of, text_of
from voiceagent.speech.moonshine.search import freely, within
from voiceagent.speech.moonshine.spelling import SpeltNetwork
from voiceagent.speech.word_network import compiled

_GRAMMAR = SpeltNetwork(compiled("#JSGF V1.0; grammar g; public <s> = track order | track | talk to a person;"))
_PIECES = 32_768


class Thinking:
    """A writer that expects certain lines: {pieces: log probability of each of them}, and END behind them."""

    def __init__(self, expected: dict[tuple[int, ...], float]) -> None:
        self._expected = expected
        self._lines: list[tuple[int, ...]] = []
        self.steps = 0

    def begin(self) -> np.ndarray:
        self._lines = [()]
        return self._scores()

    def add(self, pieces: np.ndarray, to: np.ndarray) -> np.ndarray:
        self._lines = [(*self._lines[line], int(piece)) for piece, line in zip(pieces, to, strict=True)]
        return self._scores()

    def _scores(self) -> np.ndarray:
        self.steps += 1
        scores = np.full((len(self._lines), _PIECES), -12.0, np.float32)
        for row, line in enumerate(self._lines):
            for expected, likely in self._expected.items():
                if expected[: len(line)] == line:
                    follows: Sequence[int] = (*expected, END)
                    scores[row, follows[len(line)]] = max(likely, scores[row, follows[len(line)]])
        return scores


def line(*words: str) -> tuple[int, ...]:
    return tuple(piece for word in words for piece in pieces_of(word))


def test_freely_the_likeliest_piece_is_written_each_time() -> None:
    found = freely(Thinking({line("Hello"): -0.1, line("Hollow"): -3.0}))

    assert text_of(found.pieces) == "Hello"
    assert found.score == pytest.approx(-0.1 * (len(found.pieces) + 1))


def test_a_model_that_never_ends_is_stopped() -> None:
    assert len(freely(Thinking({line(*["on"] * 200): -0.1}), longest=20).pieces) == 20


def test_within_a_grammar_its_likeliest_sentence_is_found_though_the_model_would_say_something_else() -> None:
    thinking = Thinking({line("Crack", "older"): -0.1, line("Track", "order"): -2.0, line("Talk", "to"): -3.0})

    found = within(thinking, _GRAMMAR)

    assert found is not None
    assert text_of(found.pieces) == "Track order"


def test_marks_are_written_where_the_model_wants_them() -> None:
    found = within(Thinking({(*line("Track", "order"), *following(".")): -0.1}), _GRAMMAR)

    assert found is not None
    assert text_of(found.pieces) == "Track order."


def test_a_sentence_does_not_win_by_being_short() -> None:
    found = within(Thinking({line("Track"): -0.7, line("Track", "order"): -0.6}), _GRAMMAR)

    assert found is not None
    assert text_of(found.pieces) == "Track order"


def test_where_no_sentence_ends_in_time_there_is_none() -> None:
    thinking = Thinking({line("Talk", "to", "a", "person"): -0.1})

    assert within(thinking, _GRAMMAR, longest=2) is None
    assert thinking.steps <= 3
