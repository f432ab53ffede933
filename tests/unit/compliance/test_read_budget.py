from datetime import UTC, datetime, timedelta, timezone

import pytest

from voiceagent.compliance.read_budget import ReadBudget, check, day_of
from voiceagent.core.errors import TooManyRequests

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def test_people_have_fifty_a_day_and_systems_have_what_is_set():
    assert [ReadBudget().most(is_person=person) for person in (True, False)] == [50, None]


def test_what_was_opened_today_stays_open_when_nothing_else_is():
    opened = {(True, f"c{number}") for number in range(50)}

    check(opened, (True, "c7"), 50, NOON)
    with pytest.raises(TooManyRequests, match="you have opened 50") as refused:
        check(opened, (False, "c7"), 50, NOON)  # its words count beside its sound

    assert timedelta(seconds=refused.value.retry_after_s) == timedelta(hours=12, seconds=1)


def test_a_day_is_one_of_utc_wherever_the_clock_is():
    in_tokyo = datetime(2030, 1, 2, 3, tzinfo=timezone(timedelta(hours=9)))

    assert day_of(in_tokyo) == datetime(2030, 1, 1, tzinfo=UTC)
