"""Keep until, delete now, or restrict: one answer for one class of one call, with the rule that won.

Of rules that disagree the stronger wins: legal hold, then a legal minimum, then a person's erasure, then a legal
maximum, then the tenant's policy or the default. Evidence of consent outlives an erasure by a legal minimum
(GDPR Art. 17(3)(e)), which the settings have from the start.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from voiceagent.compliance.retention.rules import Limit, Rules, selects
from voiceagent.core.content_class import ContentClass
from voiceagent.records.retention_values import CallFacts, LegalHold, RetentionPolicy, Selector


class Outcome(StrEnum):
    KEEP = "keep"
    RESTRICT = "restrict"  # kept because it must be, but nobody reads it: its subject has asked for erasure
    DELETE = "delete"


class Reason(StrEnum):
    """Which rule won, the strongest first."""

    HOLD = "legal_hold"
    MINIMUM = "legal_minimum"
    ERASURE = "subject_erasure"
    MAXIMUM = "legal_maximum"
    POLICY = "policy"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`until` is when the content goes; None only while a hold is on it. `source` names the hold, policy or basis."""

    outcome: Outcome
    reason: Reason
    until: datetime | None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Term:
    until: datetime
    reason: Reason
    source: str


def decide(
    facts: CallFacts, content_class: ContentClass, rules: Rules, now: datetime, *, erasure: bool = False
) -> Verdict:
    """What happens to the content of `content_class` of a call. `erasure`: its subject has asked for it."""
    kept = Outcome.RESTRICT if erasure else Outcome.KEEP
    hold = hold_on(facts, content_class, rules.holds)
    if hold is not None:
        return Verdict(outcome=kept, reason=Reason.HOLD, until=None, source=hold.id)
    term = _term(facts, content_class, rules, now)
    minimum = _minimum(facts, content_class, rules.limits)
    if erasure:
        term = _Term(until=now, reason=Reason.ERASURE, source="")
    if minimum is not None and minimum.until >= term.until:
        term = minimum
    outcome = Outcome.DELETE if term.until <= now else kept
    return Verdict(outcome=outcome, reason=term.reason, until=term.until, source=term.source)


def hold_on(facts: CallFacts, content_class: ContentClass, holds: Iterable[LegalHold]) -> LegalHold | None:
    """The oldest active hold on that class of the call. One that finds its calls by a caller keeps the number, too:
    made a pseudonym, it would not find them any more.
    """
    found = [
        hold
        for hold in holds
        if hold.released_at is None
        and (content_class in hold.classes or (content_class is ContentClass.METADATA and hold.selector.caller))
        and selects(hold.selector, facts)
    ]
    return min(found, key=lambda hold: (hold.placed_at, hold.id), default=None)


def policy_for(
    facts: CallFacts, content_class: ContentClass, policies: Iterable[RetentionPolicy], now: datetime
) -> RetentionPolicy | None:
    """The policy that says most exactly which calls it means; of two that are as exact, the one that keeps less."""
    newest: dict[Selector, RetentionPolicy] = {}
    for policy in policies:
        if policy.content_class is content_class and policy.effective_from <= now and selects(policy.selector, facts):
            before = newest.get(policy.selector)
            if before is None or policy.version > before.version:
                newest[policy.selector] = policy
    return min(newest.values(), key=lambda policy: (*_inexact(policy.selector), policy.days, policy.id), default=None)


def _term(facts: CallFacts, content_class: ContentClass, rules: Rules, now: datetime) -> _Term:
    """The policy or default, cut by the smallest legal maximum."""
    policy = policy_for(facts, content_class, rules.policies, now)
    days = rules.default_days[content_class] if policy is None else policy.days
    term = _Term(
        until=facts.ended_at + timedelta(days=days),
        reason=Reason.DEFAULT if policy is None else Reason.POLICY,
        source="" if policy is None else policy.id,
    )
    for limit in _of(facts, content_class, rules.limits):
        if limit.max_days is not None and facts.ended_at + timedelta(days=limit.max_days) < term.until:
            term = _Term(
                until=facts.ended_at + timedelta(days=limit.max_days), reason=Reason.MAXIMUM, source=limit.basis
            )
    return term


def _minimum(facts: CallFacts, content_class: ContentClass, limits: Iterable[Limit]) -> _Term | None:
    bounds = [limit for limit in _of(facts, content_class, limits) if limit.min_days is not None]
    longest = max(bounds, key=lambda limit: limit.min_days or 0, default=None)
    if longest is None:
        return None
    until = facts.ended_at + timedelta(days=longest.min_days or 0)
    return _Term(until=until, reason=Reason.MINIMUM, source=longest.basis)


def _of(facts: CallFacts, content_class: ContentClass, limits: Iterable[Limit]) -> list[Limit]:
    return [one for one in limits if one.content_class is content_class and selects(one.selector, facts)]


def _inexact(selector: Selector) -> tuple[bool, ...]:
    """Sorts the exact before the general: a call, then a tag, a caller, a number, a profile."""
    given = (selector.call_id, selector.tag, selector.caller, selector.number, selector.profile)
    return tuple(not one for one in given)
