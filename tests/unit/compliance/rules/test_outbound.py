from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from tests.unit.compliance.rules.made import NOON, book_of, consent, facts, pack_text, question
from voiceagent.compliance.rules.loading import rule_book
from voiceagent.compliance.rules.outbound import (
    Evidence,
    Listed,
    OutboundFacts,
    decide,
    evidence_data,
    evidence_from_data,
    evidence_sha256,
    replay,
)
from voiceagent.compliance.rules.place import us_states, us_zones
from voiceagent.compliance.rules.rules import Purpose
from voiceagent.core.errors import BadInput, NotFound

BOOK = rule_book()
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def ask(asked, known):
    return decide(asked, known, BOOK.for_places(asked.places, asked.at.date()))


def refusals(asked, known):
    return {check.code for check in ask(asked, known).checks if not check.passed}


def test_with_everything_in_order_a_call_is_allowed() -> None:
    decision = ask(question(), facts(consent()))

    assert (decision.allowed, decision.code) == (True, "")
    assert len(decision.checks) == 8  # those that passed are written down too


def test_nothing_known_means_no() -> None:
    assert refusals(question(), OutboundFacts()) == {"consent_missing", "list_stale"}


@pytest.mark.parametrize(
    ("purpose", "kind", "allowed"),
    [
        ("telemarketing", "PEWC", True),
        ("telemarketing", "PEC", False),
        ("telemarketing", "EU_optin", False),
        ("informational", "PEC", True),
        ("informational", "PEWC", True),
        ("informational", "EU_optin", False),
        ("emergency", "", True),
    ],
)
def test_T_US_1_each_purpose_takes_its_consent(purpose, kind, allowed) -> None:
    given = [consent(kind)] if kind else []

    decision = ask(question(purpose=Purpose(purpose)), facts(*given))

    assert (decision.allowed, decision.code) == (allowed, "" if allowed else "consent_missing")


def test_T_US_1_a_consent_for_another_campaign_is_none() -> None:
    assert refusals(question(), facts(consent(campaigns=("autumn",)))) == {"consent_missing"}
    assert refusals(question(), facts(consent(campaigns=("autumn", "spring")))) == set()


def test_a_revoked_consent_is_none_also_when_the_clock_of_who_revoked_it_is_ahead() -> None:
    assert refusals(question(), facts(consent(revoked_at=LONG_AGO))) == {"consent_missing"}
    assert refusals(question(), facts(consent(revoked_at=NOON + timedelta(minutes=10)))) == {"consent_missing"}


@pytest.mark.parametrize("name", ["seller", "national", "state"])
def test_T_US_5_a_number_on_a_list_is_not_called(name) -> None:
    assert refusals(question(), facts(consent(), listed=(Listed(list=name, effective_at=LONG_AGO),))) == {"do_not_call"}


def test_the_national_list_is_of_telemarketing_only() -> None:
    listed = (Listed(list="national", effective_at=LONG_AGO),)

    assert refusals(question(purpose=Purpose.INFORMATIONAL), facts(consent(), listed=listed)) == set()


@pytest.mark.parametrize(
    ("age", "refused"), [(timedelta(days=31), set()), (timedelta(days=31, seconds=1), {"list_stale"})]
)
def test_T_US_5_a_list_older_than_31_days_blocks_telemarketing(age, refused) -> None:
    known = facts(consent(), loaded={"national": NOON - age, "state": NOON})

    assert refusals(question(), known) == refused
    assert refusals(question(purpose=Purpose.INFORMATIONAL), known) == set()


def test_T_US_5_a_list_that_was_never_loaded_blocks_telemarketing() -> None:
    assert refusals(question(), facts(consent(), loaded={"national": NOON})) == {"list_stale"}


def test_T_US_6_a_revocation_counts_at_once_for_its_campaign_and_from_2027_01_31_for_all() -> None:
    revoked = (Listed(list="seller", campaign="autumn", effective_at=LONG_AGO),)
    last_day, first_day = (datetime(2027, 1, day, 20, tzinfo=UTC) for day in (30, 31))

    assert refusals(question(campaign="autumn"), facts(consent(), listed=revoked)) == {"do_not_call"}
    assert refusals(question(at=last_day), facts(consent(), at=last_day, listed=revoked)) == set()
    assert refusals(question(at=first_day), facts(consent(), at=first_day, listed=revoked)) == {"do_not_call"}


def test_an_entry_that_ended_or_was_lifted_counts_no_more() -> None:
    ended = Listed(list="seller", effective_at=LONG_AGO, expires_at=NOON)
    lifted = Listed(list="seller", effective_at=LONG_AGO, lifted_at=NOON)

    assert refusals(question(), facts(consent(), listed=(ended, lifted))) == set()


def test_an_entry_and_a_call_of_a_clock_that_is_ahead_count_as_well() -> None:
    ahead = NOON + timedelta(minutes=10)

    listed = Listed(list="seller", effective_at=ahead)
    assert refusals(question(), facts(consent(), listed=(listed,))) == {"do_not_call"}
    in_florida = question("+13055550123")
    assert refusals(in_florida, facts(consent(), attempts=(ahead, NOON, LONG_AGO))) == set()
    assert refusals(in_florida, facts(consent(), attempts=(ahead, NOON, NOON))) == {"too_many_attempts"}


def test_T_ST_4_florida_takes_three_calls_in_24_hours() -> None:
    made = [NOON - timedelta(hours=hours) for hours in (1, 12, 23)]
    florida = {"number": "+13055550123"}

    assert refusals(question(**florida), facts(consent(), attempts=tuple(made))) == {"too_many_attempts"}
    assert refusals(question(**florida), facts(consent(), attempts=tuple(made[:2]))) == set()
    day_over = (*made[:2], NOON - timedelta(hours=24))
    assert refusals(question(**florida), facts(consent(), attempts=day_over)) == set()
    assert refusals(question(), facts(consent(), attempts=tuple(made))) == set()  # New York has no such limit


def test_T_ST_3_california_takes_a_person_who_speaks_first_or_a_recorded_exemption() -> None:
    california, at = "+12135550123", NOON + timedelta(hours=3)

    assert refusals(question(california, at), facts(consent(), at=at)) == {"human_intro_missing"}
    assert refusals(question(california, at, human_intro=True), facts(consent(), at=at)) == set()
    exempt = ask(question(california, at, exemption="2874(b): school to parents"), facts(consent(), at=at))
    assert exempt.allowed
    assert exempt.checks[-1].detail == "2874(b): school to parents"


def test_nobody_is_called_whose_time_is_not_known() -> None:
    tollfree = question("+18005550123", human_intro=True)

    assert refusals(tollfree, facts(consent())) == {"outside_hours"}


MOMENTS = st.integers(0, 2 * 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@settings(max_examples=150, deadline=None)
@given(state=st.sampled_from(us_states()), at=MOMENTS)
def test_T_US_4_federal_hours_hold_in_every_us_zone_at_any_time(state, at) -> None:
    _hours_hold(state, at)


# The nights on which clocks change in the US (second Sunday of March, first of November), 15 minutes apart.
CHANGES = [
    datetime(*day, tzinfo=UTC) + timedelta(minutes=15 * step)
    for day in ((2026, 3, 8), (2026, 11, 1), (2027, 3, 14), (2027, 11, 7))
    for step in range(0, 36 * 4, 3)
]


@pytest.mark.parametrize("state", ["NY", "IL", "CO", "OR", "AZ", "AK", "HI", "TX"])
def test_T_US_4_federal_hours_hold_when_clocks_change(state) -> None:
    for at in CHANGES:
        _hours_hold(state, at)


FEDERAL = book_of(pack_text('outbound: {telemarketing: {hours: ["08:00-21:00"]}}'))


def _hours_hold(state, at) -> None:
    zones = us_zones(state)
    asked = question(at=at, zones=zones)
    local_hours = [at.astimezone(ZoneInfo(zone)).hour for zone in zones]

    decision = decide(asked, facts(at=at), FEDERAL.for_places(asked.places, at.date()))

    assert decision.allowed == all(8 <= hour < 21 for hour in local_hours)


@pytest.mark.parametrize(
    ("utc", "allowed"),
    [
        ("2027-03-13T12:59Z", False),  # Saturday, EST: 07:59 in New York
        ("2027-03-13T13:00Z", True),
        ("2027-03-14T11:59Z", False),  # Sunday, EDT: 07:59
        ("2027-03-14T12:00Z", True),
        ("2027-03-15T00:59Z", True),  # 20:59
        ("2027-03-15T01:00Z", False),
        ("2027-11-07T12:00Z", False),  # EST again: 07:00
        ("2027-11-07T13:00Z", True),
    ],
)
def test_T_US_4_the_hour_moves_with_the_clock(utc, allowed) -> None:
    at = datetime.fromisoformat(utc)

    assert ask(question(at=at), facts(consent(), at=at)).allowed is allowed


def evidence(asked, known) -> Evidence:
    rules = BOOK.for_places(asked.places, asked.at.date())
    return Evidence(question=asked, facts=known, packs=rules.packs, decision=decide(asked, known, rules))


KNOWN = st.builds(
    OutboundFacts,
    consents=st.lists(st.sampled_from([consent("PEC"), consent(), consent(revoked_at=NOON)]), max_size=2).map(tuple),
    listed=st.lists(st.just(Listed(list="seller", effective_at=LONG_AGO, campaign="autumn")), max_size=1).map(tuple),
    loaded=st.sampled_from([{}, {"national": NOON, "state": NOON}]),
    attempts=st.lists(st.datetimes(timezones=st.just(UTC)), max_size=4).map(tuple),
)
NUMBERS = st.sampled_from(["+12125550123", "+13055550123", "+12135550123", "+4930123456", "+15550100"])


@settings(max_examples=80, deadline=None)
@given(known=KNOWN, number=NUMBERS, purpose=st.sampled_from(Purpose), at=MOMENTS)
def test_T_RP_4_a_stored_decision_is_decided_the_same_again(known, number, purpose, at) -> None:
    made = evidence(question(number, at, purpose=purpose), known)

    stored = msgspec.json.decode(msgspec.json.encode(evidence_data(made)))

    assert evidence_from_data(stored) == made
    assert replay(evidence_from_data(stored), BOOK)
    assert evidence_sha256(evidence_from_data(stored)) == evidence_sha256(made)


def test_T_RP_4_a_decision_that_was_changed_afterwards_does_not_replay() -> None:
    data = evidence_data(evidence(question(), OutboundFacts()))
    data["decision"]["allowed"] = True

    assert not replay(evidence_from_data(data), BOOK)


def test_T_RP_4_without_its_packs_a_decision_is_not_decided_at_all() -> None:
    with pytest.raises(NotFound, match="us-federal@2026"):
        replay(evidence(question(), OutboundFacts()), book_of(pack_text()))


def test_a_stored_decision_that_is_malformed_is_told() -> None:
    with pytest.raises(BadInput, match="malformed"):
        evidence_from_data({"question": {}})
