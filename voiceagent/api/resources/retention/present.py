"""Records to what clients see. Pure."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from voiceagent.api.resources.retention.schemas import (
    CallRetention,
    ClassReport,
    Fate,
    Policy,
    PolicySelector,
    PurgeRun,
    RunError,
    name_of,
)
from voiceagent.compliance.retention.decision import Outcome, decide
from voiceagent.compliance.retention.rules import Rules, selects
from voiceagent.core.content_class import ContentClass
from voiceagent.records import retention_values as values
from voiceagent.records.retention_values import CallFacts, PurgedClass
from voiceagent.telephony.cdr import CallDetailRecord


def policy_of(policy: values.RetentionPolicy) -> Policy:
    return Policy(
        **{name: value for name, value in asdict(policy).items() if name not in ("selector", "content_class")},
        selector=PolicySelector(**policy.selector.as_json()),
        content_class=name_of(policy.content_class),
    )


def run_of(run: values.PurgeRun) -> PurgeRun:
    shown = {name: value for name, value in asdict(run).items() if name not in ("counts", "errors")}
    return PurgeRun(
        **shown,
        counts={name_of(ContentClass(letter)): ClassReport(**count) for letter, count in run.counts.items()},
        errors=[
            RunError(call_id=one["call_id"], content_class=name_of(ContentClass(one["class"])), problem=one["problem"])
            for one in run.errors
        ],
    )


def facts_of(record: CallDetailRecord, tags: frozenset[str], now: datetime) -> CallFacts:
    """Of a call that runs, as if it ended now; one that never ended did so a day after its start, as for the purge."""
    outbound = record.direction == "outbound"
    return CallFacts(
        call_id=record.call_id,
        ended_at=record.ended_at or min(now, record.started_at + timedelta(days=1)),
        number=record.caller if outbound else record.callee,
        caller=record.callee if outbound else record.caller,
        profile=record.profile,
        tags=tags,
    )


def call_retention_of(facts: CallFacts, rules: Rules, purged: Sequence[PurgedClass], now: datetime) -> CallRetention:
    """Every class of the call with its fate."""
    gone = {one.content_class: one for one in purged}
    fates = [_gone(gone[one]) if one in gone else _fate(facts, one, rules, now) for one in ContentClass]
    holds = [one.id for one in rules.holds if selects(one.selector, facts)]
    return CallRetention(call_id=facts.call_id, tags=sorted(facts.tags), holds=holds, classes=fates)


def _fate(facts: CallFacts, content_class: ContentClass, rules: Rules, now: datetime) -> Fate:
    verdict = decide(facts, content_class, rules, now)
    return Fate(
        content_class=name_of(content_class),
        state="due" if verdict.outcome is Outcome.DELETE else "kept",
        until=verdict.until,
        reason=verdict.reason.value,
        source=verdict.source,
    )


def _gone(purged: PurgedClass) -> Fate:
    reason, _, source = purged.why.partition(" ")
    return Fate(
        content_class=name_of(purged.content_class),
        state="purged",
        until=purged.purged_at,
        reason=reason,
        source=source,
    )
