"""The network's view of the caller opens and closes the recogniser's utterances; a micro-turn is 80 ms."""

import numpy as np

from voiceagent.speech.contract import Hints, Recognised
from voiceagent.testing.scripted_recogniser import ScriptedRecogniser
from voiceagent.worker.hearing import Hearing

_TURN = np.zeros(1280, dtype=np.int16)


def ears(*utterances: str) -> Hearing:
    return Hearing(ScriptedRecogniser(utterances).open(Hints()), 80)


def hear(hearing: Hearing, active: float, turns: int) -> list[tuple[int, Recognised]]:
    """(number of the micro-turn, what was heard after it)."""
    results = [(number, hearing.hear(_TURN, active)) for number in range(turns)]
    return [(number, heard) for number, heard in results if heard is not None]


def test_an_utterance_is_closed_after_1200_ms_of_silence():
    hearing = ears("yes")
    assert hear(hearing, 0.9, 10) == []
    (_, so_far), (number, heard) = hear(hearing, 0.1, 30)

    assert number == 14
    assert (so_far.text, so_far.final) == ("yes", False)
    assert (heard.text, heard.final) == ("yes", True)


def test_the_words_of_a_pause_are_told_in_its_first_micro_turn():
    hearing = ears("yes")
    hear(hearing, 0.9, 10)
    ((number, so_far),) = hear(hearing, 0.1, 3)

    assert (number, so_far.text, so_far.final) == (0, "yes", False)


def test_a_pause_within_a_turn_keeps_it_one_utterance():
    hearing = ears("where is my order", "wrong")
    hear(hearing, 0.9, 10)
    hear(hearing, 0.1, 14)
    hear(hearing, 0.9, 10)

    assert hearing.finish().text == "where is my order"


def test_silence_is_no_utterance():
    hearing = ears("wrong")

    assert hear(hearing, 0.49, 40) == []
    assert hearing.finish() is None


def test_what_is_asked_for_is_given_at_once_and_once():
    hearing = ears("yes")
    hear(hearing, 0.9, 3)

    assert hearing.finish().text == "yes"
    assert hearing.finish() is None


def test_the_fading_end_of_an_utterance_that_was_asked_for_is_no_new_one():
    hearing = ears("yes", "wrong")
    hear(hearing, 0.9, 5)
    hearing.finish()

    assert hear(hearing, 0.6, 3) == []
    assert hear(hearing, 0.1, 30) == []


def test_who_goes_on_speaking_after_it_is_heard_again():
    hearing = ears("yes", "but wait")
    hear(hearing, 0.9, 5)
    hearing.finish()
    hear(hearing, 0.9, 4)

    assert hearing.finish().text == "but wait"


def test_a_new_utterance_after_a_pause_begins_at_once():
    hearing = ears("yes", "and")
    hear(hearing, 0.9, 5)
    hearing.finish()
    hear(hearing, 0.1, 1)
    hear(hearing, 0.9, 1)

    assert hearing.finish().text == "and"


def test_words_are_worked_out_in_every_silence_and_again_when_more_is_said():
    recogniser = ScriptedRecogniser(["where is my order"])
    hearing = Hearing(recogniser.open(Hints()), 80)
    for active, turns in ((0.9, 5), (0.1, 1), (0.9, 5), (0.4, 1), (0.9, 3), (0.1, 3)):
        hear(hearing, active, turns)

    assert recogniser.streams[0].pauses == ["pause", "resume", "pause"]


def test_a_silence_in_one_utterance_does_not_count_in_the_next():
    recogniser = ScriptedRecogniser(["one", "two"])
    hearing = Hearing(recogniser.open(Hints()), 80)
    hear(hearing, 0.9, 5)
    hear(hearing, 0.1, 3)
    hearing.finish()
    hear(hearing, 0.9, 5)

    assert recogniser.streams[0].pauses == ["pause"]
