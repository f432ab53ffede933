"""The channel of word errors: as many as asked for, the same for a seed."""

from random import Random

import pytest
from hypothesis import given, strategies as st

from voiceagent.testing.planner.word_errors import with_word_errors

_TEXT = " ".join(["deliver order four two one seven on saturday please"] * 60)


@given(st.text("abc ", max_size=40))
def test_without_errors_the_words_are_what_was_said(text):
    assert with_word_errors(text, 0.0, Random(1)) == " ".join(text.split())


def test_the_same_seed_makes_the_same_errors():
    assert with_word_errors(_TEXT, 0.2, Random("a")) == with_word_errors(_TEXT, 0.2, Random("a"))
    assert with_word_errors(_TEXT, 0.2, Random("a")) != with_word_errors(_TEXT, 0.2, Random("b"))


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.2])
def test_about_as_many_words_are_wrong_as_asked_for(rate):
    said, heard = _TEXT.split(), with_word_errors(_TEXT, rate, Random(7)).split()

    assert rate * 0.7 < _distance(said, heard) / len(said) < rate * 1.4  # "delivery" for two words counts twice


def test_a_word_is_taken_for_one_that_sounds_like_it():
    heard = {with_word_errors("four", 1.0, Random(seed)) for seed in range(50)}

    assert {"for", "floor", ""} <= heard


def _distance(one: list[str], other: list[str]) -> int:
    """Levenshtein's, in words."""
    row = list(range(len(other) + 1))
    for at, word in enumerate(one, start=1):
        previous, row[0] = row[0], at
        for place, against in enumerate(other, start=1):
            previous, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, previous + (word != against))
    return row[-1]
