"""Days as people say them, from a day that is given."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given, strategies as st

from voiceagent.conversation.spoken_dates import dates_at, spoken_date
from voiceagent.testing.planner.spoken_values import date_ways

_TUESDAY = date(2026, 11, 24)
_WORDS = ("the", "third", "of", "march", "next", "tuesday", "week", "in", "two", "days", "on", "a", "twenty", "may")
_days = st.dates(date(2024, 1, 1), date(2035, 12, 31))


def _read(said: str, today: date = _TUESDAY) -> date | None:
    """The day that all of the words say."""
    words = said.split()
    return next((day for end, day in dates_at(words, 0, today) if end == len(words)), None)


@given(_days, st.integers(0, 364), st.data())
def test_every_day_of_the_next_year_said_in_any_way_is_that_day(today, ahead, data):
    day = today + timedelta(days=ahead)
    if day.month == 2 and day.day == 29:
        today = max(today, date(day.year, 1, 1))  # a year ago "february the twenty ninth" was this one too
    said = data.draw(st.sampled_from(date_ways(day, today)))

    assert _read(said, today) == day


@given(_days, st.integers(1, 300))
def test_a_day_that_is_read_out_can_be_said_back(today, ahead):
    day = today + timedelta(days=ahead)
    said = spoken_date(day).lower()

    assert _read(said, today) == day


@given(_days, st.lists(st.sampled_from(_WORDS)))
@example(date(2026, 11, 24), ["the", "third", "of", "may", "twenty", "twenty"])
def test_no_words_make_a_day_that_is_past_or_a_reading_beyond_them(today, words):
    for at in range(len(words)):
        for end, day in dates_at(words, at, today):
            assert day >= today
            assert at < end <= len(words)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("today", "2026-11-24"),
        ("the day after tomorrow", "2026-11-26"),
        ("tuesday", "2026-12-01"),  # who means today says so
        ("this friday", "2026-11-27"),
        ("next friday", "2026-12-04"),
        ("friday next week", "2026-12-04"),
        ("next week on monday", "2026-11-30"),
        ("thursday week", "2026-12-03"),
        ("a week on thursday", "2026-12-03"),
        ("in three days", "2026-11-27"),
        ("in a week", "2026-12-01"),
        ("the twenty third", "2026-12-23"),
        ("on the 3rd", "2026-12-03"),
        ("the twenty third of march", "2027-03-23"),
        ("march three", "2027-03-03"),
        ("may third twenty twenty eight", "2028-05-03"),
        ("the 29th of february", "2028-02-29"),
        ("the thirty first", "2026-12-31"),
        ("friday the fourth", "2026-12-04"),
    ],
)
def test_a_day_is_the_nearest_that_it_can_be(said, day):
    assert _read(said) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "said",
    [
        "tuesday the twenty sixth",  # a Thursday
        "friday the third of december",
        "the thirty first of april",
        "the fortieth",
        "twenty",
        "march",
        "next",
        "in days",
        "yesterday",
    ],
)
def test_what_is_no_day_or_contradicts_itself_is_none(said):
    assert _read(said) is None
