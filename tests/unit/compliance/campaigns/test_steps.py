"""What follows the end of a campaign's call."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from voiceagent.compliance.campaigns.steps import (
    LOOK_BACK,
    LOST,
    NOT_DIALLED,
    OF_ALL,
    OF_THE_HOUR,
    after_refusal,
    is_failing,
    next_open,
    settle,
)
from voiceagent.compliance.rules.call_times import CallTimes
from voiceagent.core.termination import Reason
from voiceagent.records.campaign_values import OPEN, CampaignTerms, ContactState
from voiceagent.records.outbound_values import CallSoFar

NOON = datetime(2027, 1, 13, 17, tzinfo=UTC)  # a Wednesday, noon in New York
TERMS = CampaignTerms(
    name="spring",
    line="+12025550100",
    profile="",
    trunk="",
    purpose="informational",
    exemption="",
    at_once=2,
    attempts=3,
    retry_after=timedelta(hours=4),
    ends_at=NOON + timedelta(days=30),
)
ASKED = CallSoFar(asked_at=NOON)
DIALLED = replace(ASKED, claimed_at=NOON)
RANG = replace(DIALLED, rang=True)
ANSWERED = replace(RANG, answered_at=NOON)
WORKDAYS = CallTimes(spans=((8 * 60, 21 * 60),), days=(0, 1, 2, 3, 4))


def ended(reason: str, tries: int = 1, call: CallSoFar = RANG):
    return settle(replace(call, ended_at=NOON, reason=reason), tries, TERMS, NOON)


@given(st.sampled_from([*Reason]))
def test_whoever_answered_is_called_once_whatever_ended_the_call(reason):
    found = ended(reason, call=ANSWERED)

    assert (found.state, found.result) == (ContactState.DONE, reason)


@pytest.mark.parametrize("reason", [Reason.OPTED_OUT, Reason.DECLINED])
def test_whoever_declined_is_called_once(reason):
    assert ended(reason).state is ContactState.DONE


@pytest.mark.parametrize("reason", [Reason.BUSY, Reason.NO_ANSWER, Reason.WORKER_LOST])
def test_whoever_was_not_reached_is_called_again_after_the_wait(reason):
    found = ended(reason)

    assert (found.state, found.not_before, found.was_a_try) == (ContactState.WAITING, NOON + timedelta(hours=4), True)


@pytest.mark.parametrize("reason", [Reason.UNREACHABLE, Reason.BAD_CREDENTIALS, Reason.GATEWAY_LOST, Reason.INTERNAL])
def test_what_may_be_about_this_number_is_a_try_though_nothing_rang(reason):
    found = ended(reason, call=DIALLED)

    assert (found.not_before, found.was_a_try) == (NOON + timedelta(hours=4), True)
    assert ended(reason, tries=3, call=DIALLED).state is ContactState.GIVEN_UP


@pytest.mark.parametrize("reason", [Reason.NO_CAPACITY, Reason.UNKNOWN_AGENT, Reason.NOT_ALLOWED, Reason.SHUTDOWN])
def test_what_never_left_us_was_no_try_and_is_made_soon_also_after_the_last_one(reason):
    found = ended(reason, tries=3, call=DIALLED)

    assert (found.state, found.was_a_try) == (ContactState.WAITING, False)
    assert found.not_before == NOON + timedelta(minutes=5)


def test_a_number_that_nobody_has_is_given_up_and_not_done():
    assert ended(Reason.UNKNOWN_NUMBER, call=DIALLED).state is ContactState.GIVEN_UP


def test_after_the_last_try_nobody_calls_again():
    assert ended(Reason.BUSY, tries=3).state is ContactState.GIVEN_UP


def test_who_would_be_called_after_the_end_of_the_campaign_is_given_up():
    busy = replace(DIALLED, ended_at=NOON, reason="busy")

    found = settle(busy, 1, TERMS, TERMS.ends_at - timedelta(hours=1))

    assert found.state is ContactState.GIVEN_UP


def test_a_call_that_goes_on_is_waited_for():
    assert settle(ASKED, 1, TERMS, NOON + timedelta(seconds=89)) is None
    assert settle(DIALLED, 1, TERMS, NOON + timedelta(hours=23)) is None


def test_a_call_that_no_gateway_took_is_no_try_and_one_whose_end_nobody_knows_is():
    untaken = settle(ASKED, 3, TERMS, NOON + timedelta(seconds=91))
    unknown = settle(DIALLED, 3, TERMS, NOON + timedelta(hours=25))

    assert (untaken.state, untaken.result, untaken.was_a_try) == (ContactState.WAITING, NOT_DIALLED, False)
    assert (unknown.state, unknown.result, unknown.was_a_try) == (ContactState.GIVEN_UP, LOST, True)


def test_a_refusal_at_the_last_moment_is_final_unless_it_is_the_hours():
    assert settle(replace(ASKED, refused="do_not_call"), 1, TERMS, NOON).state is ContactState.REFUSED
    assert settle(replace(ASKED, refused="outside_hours"), 1, TERMS, NOON).state is ContactState.WAITING


@given(st.sampled_from([*Reason]), st.integers(1, 20), st.sampled_from([DIALLED, RANG, ANSWERED]))
def test_every_way_in_which_a_call_ends_leads_somewhere_and_never_past_the_last_try(reason, tries, call):
    found = ended(reason.value, tries, call)

    assert (found.state in OPEN) == (found.not_before is not None)
    assert found.state not in OPEN or tries < TERMS.attempts or not found.was_a_try


@given(st.sampled_from(sorted(OF_ALL | OF_THE_HOUR)))
def test_what_may_be_allowed_later_is_asked_again_later(code):
    assert after_refusal(code, TERMS, NOON).not_before == NOON + TERMS.retry_after


def test_where_nobody_knows_what_time_it_is_no_hour_is_waited_for():
    assert after_refusal("outside_hours", TERMS, NOON, has_a_clock=False).state is ContactState.REFUSED


def calls(**reasons: int) -> list[CallSoFar]:
    """The newest first."""
    return [replace(DIALLED, ended_at=NOON, reason=reason) for reason, count in reasons.items() for _ in range(count)]


def test_most_of_the_last_calls_failing_is_seen_but_not_in_a_few_calls_or_when_people_do_not_answer():
    assert is_failing(calls(unreachable=6, busy=5), NOON)
    assert not is_failing(calls(unreachable=9), NOON)
    assert not is_failing(calls(no_answer=20), NOON)
    assert not is_failing(calls(caller_hung_up=10, unreachable=10), NOON)
    assert not is_failing(calls(busy=LOOK_BACK, unreachable=100), NOON)


def test_calls_that_go_on_say_nothing_of_failing():
    assert is_failing([RANG] * 15 + calls(unreachable=10), NOON)
    assert not is_failing([RANG] * 15 + calls(unreachable=9), NOON)


def test_the_next_hour_is_the_one_that_all_zones_allow():
    evening = datetime(2027, 1, 15, 23, 50, tzinfo=UTC)  # a Friday, 18:50 in New York, 15:50 in Los Angeles
    zones = ("America/New_York", "America/Los_Angeles")

    assert next_open(WORKDAYS, zones, evening) == datetime(2027, 1, 16, 0, 0, tzinfo=UTC)
    at_night = datetime(2027, 1, 16, 2, 1, tzinfo=UTC)  # 21:01 in New York
    assert next_open(WORKDAYS, zones, at_night) == datetime(2027, 1, 18, 16, 0, tzinfo=UTC)  # Monday, 8:00 in LA


def test_without_a_zone_or_an_hour_there_is_no_next_one():
    assert next_open(WORKDAYS, (), NOON) is None
    assert next_open(CallTimes(spans=()), ("Europe/Berlin",), NOON) is None


@given(
    st.integers(0, 2 * 366 * 1440).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    st.sampled_from(["America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_what_is_found_lies_ahead_and_is_allowed_there(now, zone):
    found = next_open(WORKDAYS, (zone,), now)

    assert found is not None
    assert now < found <= now + timedelta(days=8)
    assert WORKDAYS.allow(found.astimezone(ZoneInfo(zone)))
