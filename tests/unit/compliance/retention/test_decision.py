"""T-RET-3: which rule wins. Every row is one call that ended on 1 January 2030 at noon."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from voiceagent.compliance.retention.decision import Outcome, Reason, decide
from voiceagent.compliance.retention.rules import DEFAULT_DAYS, Limit, Rules
from voiceagent.core.content_class import ContentClass
from voiceagent.records.retention_values import CallFacts, LegalHold, RetentionPolicy, Selector

ENDED = datetime(2030, 1, 1, 12, tzinfo=UTC)
FACTS = CallFacts(
    call_id="call_1",
    ended_at=ENDED,
    number="+15550100",
    caller="+4930123",
    profile="orders",
    tags=frozenset({"fraud", "vip"}),
)
A, T, X, M, C = ContentClass
HOLD, MIN, ERASED, MAX, POLICY, DEFAULT = Reason
KEEP, RESTRICT, DELETE = Outcome


def policy(
    days: int, content_class: ContentClass = A, version: int = 1, since: int = -100, **selector
) -> RetentionPolicy:
    return RetentionPolicy(
        id=f"rpol_{days}",
        selector=Selector(**selector),
        content_class=content_class,
        days=days,
        action="delete",
        version=version,
        effective_from=ENDED + timedelta(days=since),
        created_at=ENDED,
        created_by="key_1",
    )


def hold(*classes: ContentClass, released: int | None = None, **selector) -> LegalHold:
    return LegalHold(
        id="hold_1",
        matter="12/30",
        selector=Selector(**selector),
        classes=frozenset(classes or ContentClass),
        reason="court",
        placed_by="key_1",
        placed_at=ENDED,
        released_at=None if released is None else ENDED + timedelta(days=released),
    )


def least(days: int, content_class: ContentClass = A, **selector) -> Limit:
    return Limit(content_class=content_class, basis="law", selector=Selector(**selector), min_days=days)


def most(days: int, content_class: ContentClass = A, **selector) -> Limit:
    return Limit(content_class=content_class, basis="law", selector=Selector(**selector), max_days=days)


# rules, class, days after the call's end, erasure asked for -> outcome, the rule that won, the term in days
ROWS = [
    # defaults
    ("default audio, young", [], A, 29.9, False, KEEP, DEFAULT, 30),
    ("default audio, to the second", [], A, 30, False, DELETE, DEFAULT, 30),
    ("default transcript, young", [], T, 89, False, KEEP, DEFAULT, 90),
    ("default transcript, old", [], T, 91, False, DELETE, DEFAULT, 90),
    ("default payloads, old", [], X, 90, False, DELETE, DEFAULT, 90),
    ("default metadata, young", [], M, 395, False, KEEP, DEFAULT, 396),
    ("default metadata, old", [], M, 396, False, DELETE, DEFAULT, 396),
    ("default consent, young", [], C, 2191, False, KEEP, DEFAULT, 2192),
    ("default consent, old", [], C, 2192, False, DELETE, DEFAULT, 2192),
    # policies
    ("shorter policy", [policy(7)], A, 8, False, DELETE, POLICY, 7),
    ("longer policy", [policy(60)], A, 31, False, KEEP, POLICY, 60),
    ("policy of no days", [policy(0)], A, 0, False, DELETE, POLICY, 0),
    ("policy of another class", [policy(7, T)], A, 8, False, KEEP, DEFAULT, 30),
    ("policy not yet in effect", [policy(7, since=9)], A, 8, False, KEEP, DEFAULT, 30),
    ("policy in effect since a second", [policy(7, since=8)], A, 8, False, DELETE, POLICY, 7),
    ("newer version counts", [policy(7), policy(60, version=2)], A, 8, False, KEEP, POLICY, 60),
    ("order of versions is no matter", [policy(60, version=2), policy(7)], A, 8, False, KEEP, POLICY, 60),
    ("newer version not yet", [policy(7), policy(60, version=2, since=9)], A, 8, False, DELETE, POLICY, 7),
    ("number's policy", [policy(7), policy(60, number="+15550100")], A, 8, False, KEEP, POLICY, 60),
    ("another number's policy", [policy(60, number="+15550199")], A, 31, False, DELETE, DEFAULT, 30),
    ("profile's policy", [policy(60), policy(7, profile="orders")], A, 8, False, DELETE, POLICY, 7),
    (
        "number before profile",
        [policy(7, profile="orders"), policy(60, number="+15550100")],
        A,
        8,
        False,
        KEEP,
        POLICY,
        60,
    ),
    ("tag before number", [policy(60, number="+15550100"), policy(7, tag="vip")], A, 8, False, DELETE, POLICY, 7),
    ("a tag it does not have", [policy(7, tag="test")], A, 8, False, KEEP, DEFAULT, 30),
    ("both must apply", [policy(7, tag="vip", number="+15550199")], A, 8, False, KEEP, DEFAULT, 30),
    ("of two tags the shorter", [policy(60, tag="vip"), policy(7, tag="fraud")], A, 8, False, DELETE, POLICY, 7),
    # legal maximum
    ("maximum cuts default", [most(20)], A, 21, False, DELETE, MAX, 20),
    ("maximum cuts policy", [policy(60), most(20)], A, 19, False, KEEP, MAX, 20),
    ("maximum above policy", [policy(7), most(20)], A, 6, False, KEEP, POLICY, 7),
    ("smallest maximum", [most(25), most(20)], A, 21, False, DELETE, MAX, 20),
    ("maximum of another number", [most(20, number="+15550199")], A, 21, False, KEEP, DEFAULT, 30),
    ("maximum of another class", [most(20, T)], A, 21, False, KEEP, DEFAULT, 30),
    # erasure
    ("erasure before default", [], A, 1, True, DELETE, ERASED, 1),
    ("erasure before policy", [policy(60)], A, 1, True, DELETE, ERASED, 1),
    ("erasure before maximum", [most(20)], A, 1, True, DELETE, ERASED, 1),
    ("erasure of metadata", [], M, 1, True, DELETE, ERASED, 1),
    # legal minimum
    ("minimum above default", [least(100)], A, 31, False, KEEP, MIN, 100),
    ("minimum is over", [least(100)], A, 100, False, DELETE, MIN, 100),
    ("minimum below default", [least(10)], A, 11, False, KEEP, DEFAULT, 30),
    ("minimum before policy", [policy(7), least(100)], A, 8, False, KEEP, MIN, 100),
    ("minimum before maximum", [most(20), least(100)], A, 21, False, KEEP, MIN, 100),
    ("minimum before erasure", [least(100)], A, 1, True, RESTRICT, MIN, 100),
    ("erasure when the minimum is over", [least(10)], A, 11, True, DELETE, ERASED, 11),
    ("longest minimum", [least(50), least(100)], A, 60, False, KEEP, MIN, 100),
    ("minimum of another profile", [least(100, profile="bank")], A, 31, False, DELETE, DEFAULT, 30),
    ("evidence of consent outlives erasure", [least(2192, C)], C, 1, True, RESTRICT, MIN, 2192),
    # holds
    ("hold before default", [hold()], A, 31, False, KEEP, HOLD, None),
    ("hold before policy", [policy(7), hold()], A, 8, False, KEEP, HOLD, None),
    ("hold before maximum", [most(20), hold()], A, 21, False, KEEP, HOLD, None),
    ("hold before erasure", [hold()], A, 1, True, RESTRICT, HOLD, None),
    ("hold before minimum and erasure", [least(100), hold()], A, 1, True, RESTRICT, HOLD, None),
    ("hold on another class", [hold(T, X)], A, 31, False, DELETE, DEFAULT, 30),
    ("released hold", [hold(released=2)], A, 31, False, DELETE, DEFAULT, 30),
    ("erasure after release", [hold(released=2)], A, 3, True, DELETE, ERASED, 3),
    ("hold on the caller", [hold(caller="+4930123")], A, 31, False, KEEP, HOLD, None),
    ("hold on the caller keeps the number", [hold(A, caller="+4930123")], M, 500, False, KEEP, HOLD, None),
    ("hold on another caller", [hold(caller="+4930124")], A, 31, False, DELETE, DEFAULT, 30),
    ("hold on the call", [hold(call_id="call_1")], M, 500, False, KEEP, HOLD, None),
    ("hold on a tag", [hold(tag="fraud")], A, 31, False, KEEP, HOLD, None),
]


def rules_of(found: list[object]) -> Rules:
    return Rules(
        policies=[one for one in found if isinstance(one, RetentionPolicy)],
        holds=[one for one in found if isinstance(one, LegalHold)],
        limits=[one for one in found if isinstance(one, Limit)],
    )


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_T_RET_3_the_stronger_rule_wins(row):
    _, found, content_class, days, erasure, outcome, reason, term = row

    verdict = decide(FACTS, content_class, rules_of(found), ENDED + timedelta(days=days), erasure=erasure)

    until = None if term is None else ENDED + timedelta(days=term)
    assert (verdict.outcome, verdict.reason, verdict.until) == (outcome, reason, until)


def test_T_RET_3_has_forty_rows():
    assert len({row[0] for row in ROWS}) == len(ROWS) >= 40


def test_a_verdict_names_the_rule_that_won():
    day = ENDED + timedelta(days=8)

    assert decide(FACTS, A, rules_of([policy(7)]), day).source == "rpol_7"
    assert decide(FACTS, A, rules_of([hold()]), day).source == "hold_1"
    assert decide(FACTS, A, rules_of([least(100)]), day).source == "law"


some_rules = st.lists(
    st.one_of(
        st.builds(policy, st.integers(0, 400), st.sampled_from(ContentClass), st.integers(1, 3)),
        st.builds(least, st.integers(0, 400), st.sampled_from(ContentClass)),
        st.builds(most, st.integers(0, 400), st.sampled_from(ContentClass)),
    ),
    max_size=6,
)


@given(found=some_rules, content_class=st.sampled_from(ContentClass), days=st.integers(0, 3000), erasure=st.booleans())
def test_without_a_hold_everything_has_an_end(found, content_class, days, erasure):
    rules = rules_of(found)

    now = ENDED + timedelta(days=days)
    verdict = decide(FACTS, content_class, rules, now, erasure=erasure)

    assert verdict.until is not None
    assert decide(FACTS, content_class, rules, max(verdict.until, now), erasure=erasure).outcome is DELETE
    assert (verdict.outcome is DELETE) == (verdict.until <= now)


@given(found=some_rules, content_class=st.sampled_from(ContentClass), days=st.integers(0, 3000), erasure=st.booleans())
def test_nothing_under_a_hold_is_deleted_whatever_else_there_is(found, content_class, days, erasure):
    verdict = decide(FACTS, content_class, rules_of([*found, hold()]), ENDED + timedelta(days=days), erasure=erasure)

    assert (verdict.outcome, verdict.reason) == (RESTRICT if erasure else KEEP, HOLD)


def test_every_class_has_a_default_with_an_end():
    assert set(DEFAULT_DAYS) == set(ContentClass)
    assert DEFAULT_DAYS == {A: 30, T: 90, X: 90, M: 396, C: 2192}
