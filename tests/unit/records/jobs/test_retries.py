import asyncio

import pytest
from hypothesis import given, strategies as st

from voiceagent.core.errors import BadInput, ConfigError, Conflict, NotFound, StoreUnavailable, UpstreamUnavailable
from voiceagent.records.jobs.retries import RetryPolicy, describe, next_wait_s

AWAY = UpstreamUnavailable("away")
POLICY = RetryPolicy(attempts=6, first_wait_s=10.0, longest_wait_s=60.0)


def test_the_wait_doubles_up_to_the_longest():
    waits = [next_wait_s(POLICY, AWAY, attempt, 1.0) for attempt in range(1, 6)]

    assert waits == [10.0, 20.0, 40.0, 60.0, 60.0]


def test_jobs_that_failed_together_do_not_come_back_together():
    assert next_wait_s(POLICY, AWAY, 1, 0.0) == 5.0
    assert next_wait_s(POLICY, AWAY, 1, 0.5) == 7.5


@given(attempt=st.integers(1, 10_000), luck=st.floats(0, 1, exclude_max=True))
def test_a_wait_is_never_longer_than_the_longest_nor_shorter_than_half_of_the_first(attempt, luck):
    wait_s = next_wait_s(RetryPolicy(attempts=20_000), AWAY, attempt, luck)

    assert wait_s is not None
    assert 2.5 <= wait_s <= 3600.0


def test_nothing_is_tried_more_often_than_the_policy_says():
    assert next_wait_s(POLICY, AWAY, 5, 0.0) is not None
    assert next_wait_s(POLICY, AWAY, 6, 0.0) is None


@pytest.mark.parametrize("error", [NotFound("x"), BadInput("x"), Conflict("x")], ids=lambda error: type(error).__name__)
def test_what_cannot_get_better_is_given_up_at_once(error):
    assert next_wait_s(POLICY, error, 1, 0.0) is None


@pytest.mark.parametrize("error", [StoreUnavailable("x"), ConfigError("x"), ValueError("x"), OSError(5, "x")])
def test_what_may_get_better_is_tried_again(error):
    assert next_wait_s(POLICY, error, 1, 0.0) == 5.0


def test_a_job_that_our_own_stop_cut_off_goes_on_at_once_also_at_its_limit():
    assert next_wait_s(POLICY, asyncio.CancelledError(), 6, 1.0) == 0.0


def test_other_peoples_messages_are_not_kept():
    assert describe(AWAY) == "away"
    assert describe(ValueError("anna@example.com")) == "ValueError"


def test_the_usual_policy_gives_a_system_between_eight_and_twenty_hours():
    policy = RetryPolicy()
    hours = [
        sum(next_wait_s(policy, AWAY, attempt, luck) or 0.0 for attempt in range(1, policy.attempts)) / 3600
        for luck in (0.0, 1.0)
    ]

    assert hours[0] > 8
    assert hours[1] < 21
