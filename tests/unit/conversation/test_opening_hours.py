"""When people are there."""

from datetime import UTC, datetime

import pytest

from voiceagent.conversation.opening_hours import OpeningHours, parse_spans
from voiceagent.core.errors import BadInput

_BERLIN = OpeningHours(
    zone="Europe/Berlin",
    days={"monday": parse_spans("08:00-12:00, 13:00-18:00"), "tuesday": parse_spans("20:00-24:00")},
)


@pytest.mark.parametrize(
    ("utc", "open_then"),
    [
        ("2026-11-23T07:00", True),  # Monday, eight in Berlin
        ("2026-11-23T06:59", False),
        ("2026-11-23T11:00", False),  # noon: a span ends before its last moment
        ("2026-11-23T12:00", True),
        ("2026-11-24T22:59", True),  # Tuesday, a minute before midnight
        ("2026-11-24T23:00", False),  # Wednesday there
        ("2026-07-20T06:00", True),  # summer: an hour earlier in UTC
        ("2026-07-20T05:59", False),
    ],
)
def test_a_moment_is_looked_at_on_the_clocks_of_the_place(utc: str, open_then: bool) -> None:
    assert _BERLIN.open_at(datetime.fromisoformat(utc).replace(tzinfo=UTC)) is open_then


@pytest.mark.parametrize("text", ["8 to 6", "08:00-25:00", "18:00-08:00", "08:00-00:00", "08:60-09:00", "08:00"])
def test_what_is_no_span_is_refused_with_its_words(text: str) -> None:
    with pytest.raises(BadInput, match=text):
        parse_spans(text)
