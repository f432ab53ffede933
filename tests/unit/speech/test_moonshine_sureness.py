"""How sure Moonshine's words are."""

from dataclasses import replace

from hypothesis import given, strategies as st

from voiceagent.speech.garbage import UNDERSTOOD_FROM
from voiceagent.speech.moonshine.pieces import pieces_of
from voiceagent.speech.moonshine.reading import Reading
from voiceagent.speech.moonshine.search import Line
from voiceagent.speech.moonshine.sureness import sure_of_free, sure_of_held


def line(text: str, score: float) -> Line:
    return Line(pieces=tuple(piece for word in text.split() for piece in pieces_of(word)), score=score)


_CLEAR = Reading(free=line("Track order", -0.3), held=line("Track order", -0.3), voiced_s=0.8)


def test_a_sentence_that_is_also_the_freest_text_is_sure() -> None:
    assert sure_of_held(_CLEAR) > 0.8


def test_a_sentence_that_explains_the_sound_much_worse_is_not_understood() -> None:
    assert sure_of_held(replace(_CLEAR, held=line("Track order", -9.0))) < UNDERSTOOD_FROM


def test_a_short_sentence_over_long_speech_is_not_understood() -> None:
    assert sure_of_held(Reading(free=line("No", -0.9), held=line("No", -0.9), voiced_s=3.0)) < UNDERSTOOD_FROM


def test_without_a_sentence_nothing_is_sure() -> None:
    assert sure_of_held(replace(_CLEAR, held=None)) == 0.0
    assert sure_of_held(replace(_CLEAR, held=Line(pieces=(), score=-0.1))) == 0.0


def test_free_text_is_as_sure_as_its_pieces() -> None:
    assert 0.8 < sure_of_free(_CLEAR) < 1.0
    assert sure_of_free(replace(_CLEAR, free=Line(pieces=(), score=-0.1))) == 0.0


@given(st.floats(-60, 0), st.floats(-60, 0), st.floats(0, 30))
def test_it_is_a_probability_whatever_was_heard(free: float, held: float, voiced_s: float) -> None:
    reading = Reading(free=line("Track older", free), held=line("Track order", held), voiced_s=voiced_s)

    assert 0.0 <= sure_of_held(reading) <= 1.0


@given(st.floats(-8, -0.1), st.floats(0.1, 4.0))
def test_the_worse_a_sentence_explains_the_sound_the_less_sure_it_is(free: float, less: float) -> None:
    better = Reading(free=line("Crack order", free), held=line("Track order", free), voiced_s=0.8)

    assert sure_of_held(replace(better, held=line("Track order", free - less))) <= sure_of_held(better)
