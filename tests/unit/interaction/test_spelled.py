"""Which letters are learnt from a call, and where in time."""

import numpy as np

from voiceagent.interaction.model.letters import BLANK, collapsed
from voiceagent.interaction.training.said import UNKNOWN, Said
from voiceagent.interaction.training.spelled import UNPLACED, letters_in_order, letters_in_place
from voiceagent.interaction.training.timeline import Timeline, samples

_TURN, _PLACE = samples(0.08), samples(0.04)
_TURNS, _PLACES = 100, 200


def _line(*spoken: tuple[float, Said]) -> Timeline:
    line = Timeline(length=_TURNS * _TURN)
    for second, said in spoken:
        line.caller_says(said, samples(second))
    return line


def _said(seconds: float, text: str, starts: tuple[float, ...] = ()) -> Said:
    sound = np.full(samples(seconds), 0.1, np.float32)
    return Said(sound=sound, text=text, starts=tuple(samples(start) for start in starts))


def _in_order(line: Timeline) -> tuple[str, int]:
    letters, heard = letters_in_order(line, _TURNS, _TURN)
    return collapsed(place for letter in letters for place in (int(letter), BLANK)), heard


def _in_place(line: Timeline, begin: float, end: float) -> str:
    """What is spelled between two times, in seconds."""
    spelled = letters_in_place(line, _PLACES, _PLACE)
    return collapsed(int(letter) for letter in spelled[round(begin / 0.04) : round(end / 0.04)])


def test_what_the_caller_says_is_spelled_in_the_order_it_is_heard() -> None:
    assert _in_order(_line((4.0, _said(1.0, "my order")), (1.0, _said(1.0, "where is")))) == (
        "where is my order",
        _TURNS,
    )


def test_words_that_are_cut_off_by_the_end_are_not_asked_for() -> None:
    assert _in_order(_line((1.0, _said(1.0, "where")), (7.5, _said(1.0, "is")))) == ("where", int(7.5 / 0.08))


def test_a_call_with_words_that_nobody_wrote_down_teaches_no_order() -> None:
    assert _in_order(_line((1.0, _said(1.0, "where")), (3.0, _said(1.0, UNKNOWN))))[1] == 0


def test_letters_lie_in_their_words_and_a_moment_late() -> None:
    line = _line((1.0, _said(2.0, "so may", starts=(0.0, 1.2))))

    assert _in_place(line, 1.08, 2.28) == "so "
    assert _in_place(line, 2.28, 3.28) == "may "
    assert _in_place(line, 0.0, 1.08) == _in_place(line, 3.28, 8.0) == ""


def test_words_without_known_starts_share_a_short_clip_by_their_letters() -> None:
    assert _in_place(_line((1.0, _said(1.0, "a bcd"))), 1.08, 1.08 + 2 / 6) == "a "


def test_what_can_only_be_guessed_badly_has_no_places() -> None:
    for said in (_said(4.0, "where is my order"), _said(1.0, UNKNOWN)):
        spelled = letters_in_place(_line((1.0, said)), _PLACES, _PLACE)

        assert set(spelled[25:50]) == {UNPLACED}
        assert set(spelled[:25]) == {BLANK}


def test_no_two_letters_share_a_place_however_fast_they_come() -> None:
    line = _line((1.0, _said(0.2, "abcdefgh")), (1.2, _said(0.4, "ijk")))

    assert _in_place(line, 0.0, 8.0) == "abcdefgh ijk "
