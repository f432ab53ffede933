"""Weeks of access reports, and what is added up in them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from voiceagent.compliance.access_report import report_of, week_of, weeks_until
from voiceagent.core.errors import BadInput
from voiceagent.records.audit.access import Opening

DAY = date(2030, 1, 1)


def opening(actor="usr_1", kind="recordings", day=DAY, *, purpose="", raw=True, refused=False, objects=1):
    return Opening(
        actor=actor, kind=kind, day=day, purpose=purpose, raw=raw, refused=refused, objects=objects, times=objects
    )


@given(st.datetimes(datetime(1971, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds
def test_every_moment_is_in_one_week_and_the_weeks_before_it_follow_each_other(now):
    newest, *before = weeks_until(now, 5)

    assert newest.since <= now < newest.until
    assert [one.until for one in before] == [newest.since - timedelta(weeks=back) for back in range(4)]
    assert {week_of(one.name) for one in before} == set(before)


@pytest.mark.parametrize("name", ["", "2030", "2030-W99", "2030-W01 ", "2030-W01\n", "٢٠٣٠-W01"])
def test_what_is_no_week_is_told_with_how_to_write_one(name):
    with pytest.raises(BadInput, match="2026-W47"):
        week_of(name)


def test_a_person_answers_for_the_keys_of_their_making_and_who_opened_most_comes_first():
    openings = [
        opening("key_1", objects=2),
        opening("usr_1", objects=1, purpose="dsar"),
        opening("usr_1", objects=4, day=DAY + timedelta(days=1)),
        opening("key_2", "words", raw=False, objects=50),
        opening("usr_1", refused=True, objects=3),
    ]

    person, system = report_of(openings, {"key_1": "usr_1"})

    assert (person.holder, person.actors, person.raw, person.most_raw_in_a_day) == ("usr_1", {"usr_1", "key_1"}, 7, 4)
    assert (person.opened["recordings"], person.refused, person.purposes) == (7, 3, {"dsar": 1})
    assert (system.holder, system.raw, system.opened["words"]) == ("key_2", 0, 50)
