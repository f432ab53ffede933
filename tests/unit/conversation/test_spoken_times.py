"""Times of day as people say them."""

from datetime import time

import pytest
from hypothesis import given, strategies as st

from voiceagent.conversation.phrase import plain_words
from voiceagent.conversation.spoken_times import spoken_time, times_at
from voiceagent.testing.planner.spoken_values import time_ways


def _read(said: str, *, bare: bool = True) -> str | None:
    words = plain_words(said)
    return next((told for end, told in times_at(words, 0, bare=bare) if end == len(words)), None)


@given(st.integers(1, 23), st.integers(0, 59), st.data())
def test_every_minute_of_the_day_said_in_any_way_is_that_minute(hour, minute, data):
    said = data.draw(st.sampled_from(time_ways(hour, minute)))

    assert _read(said) == f"{hour:02}:{minute:02}"


@given(st.times())
def test_a_time_that_is_read_out_can_be_said_back(told):
    assert _read(spoken_time(told)) == told.isoformat("minutes")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("half past three", "15:30"),
        ("a quarter to eight", "07:45"),
        ("quarter two four", "15:45"),  # "to", misheard
        ("twenty minutes past nine", "09:20"),
        ("three thirty p.m.", "15:30"),
        ("nine oh five", "09:05"),
        ("fifteen thirty", "15:30"),
        ("3:30", "15:30"),
        ("twelve thirty a m", "00:30"),
        ("noon", "12:00"),
        ("at ten", "10:00"),
        ("eight in the evening", "20:00"),
        ("twelve at night", "00:00"),
        ("three at night", "03:00"),
        ("nine at night", "21:00"),
        ("six", "18:00"),
        ("seven", "07:00"),
    ],
)
def test_an_hour_without_its_half_of_the_day_is_one_of_working_hours(said, told):
    assert _read(said) == told


@pytest.mark.parametrize("said", ["half to three", "twenty five oclock", "sixty past three", "the third", "half past"])
def test_what_no_clock_shows_is_no_time(said):
    assert _read(said) is None


def test_an_hour_alone_is_a_time_only_where_one_is_expected():
    assert _read("ten", bare=True) == "10:00"
    assert _read("ten", bare=False) is None
    assert _read("at ten", bare=False) == "10:00"
    assert _read("ten o'clock", bare=False) == "10:00"


def test_noon_and_midnight_have_names():
    assert (spoken_time(time(12)), spoken_time(time(0))) == ("noon", "midnight")
