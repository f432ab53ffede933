"""Breaker, pace and backoff with literal times."""

from datetime import UTC, datetime

import pytest

from voiceagent_integrations.http.backoff import backoff_s, retry_after_s
from voiceagent_integrations.http.breaker import CircuitBreaker
from voiceagent_integrations.http.pace import Pace

NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def test_the_breaker_opens_after_failures_in_a_row_and_lets_one_probe_through():
    breaker = CircuitBreaker(failures=2, open_s=10)

    opened = [breaker.fell(0), breaker.fell(1)]

    assert opened == [False, True]
    assert breaker.admit(6) == 5
    assert breaker.admit(11) == 0
    assert breaker.admit(11) > 0  # the probe is under way
    breaker.succeeded()
    assert breaker.admit(11) == 0
    assert breaker.admit(11) == 0


def test_a_success_starts_the_count_again():
    breaker = CircuitBreaker(failures=2, open_s=10)

    breaker.fell(0)
    breaker.succeeded()

    assert not breaker.fell(1)
    assert breaker.admit(1) == 0


def test_a_failed_probe_opens_for_the_whole_time_again():
    breaker = CircuitBreaker(failures=1, open_s=10)
    breaker.fell(0)
    breaker.admit(10)

    assert breaker.fell(12)
    assert breaker.admit(13) == 9


def test_a_cancelled_probe_leaves_its_place():
    breaker = CircuitBreaker(failures=1, open_s=10)
    breaker.fell(0)
    breaker.admit(10)
    breaker.abandoned()

    assert breaker.admit(10) == 0


def test_a_late_failure_does_not_keep_an_open_breaker_open_longer():
    breaker = CircuitBreaker(failures=1, open_s=10)
    breaker.fell(0)

    assert not breaker.fell(9)
    assert breaker.admit(10) == 0


def test_pace_lets_a_burst_through_and_spreads_the_rest():
    pace = Pace(per_s=2, burst=2)

    waits = [pace.wait_s(100, 9) for _ in range(4)]

    assert waits == [0, 0, 0.5, 1]
    assert pace.wait_s(101, 9) == 0.5
    assert pace.wait_s(200, 9) == 0


def test_pace_takes_no_place_for_a_wait_that_is_too_long():
    pace = Pace(per_s=1, burst=1)
    pace.wait_s(0, 1)

    assert pace.wait_s(0, 0.5) is None
    assert pace.wait_s(0, 1) == 1


@pytest.mark.parametrize(
    ("header", "expected_s"),
    [
        ("3", 3),
        (" 0.5 ", 0.5),
        ("-1", 0),
        ("Thu, 01 Jan 2026 12:00:07 GMT", 7),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0),
        ("Thu, 01 Jan 2026 12:00:07 -0000", 7),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, expected_s):
    assert retry_after_s(header, NOON) == expected_s


def test_backoff_grows_and_is_bounded():
    assert [backoff_s(attempt, lambda: 1.0) for attempt in (1, 2, 3, 4, 99)] == [0.1, 0.2, 0.4, 0.8, 1.0]
    assert backoff_s(3, lambda: 0.0) == 0
