"""May this number be called now? Deny by default: every check has to say yes, and all of them are written down.

Pure, and a function of what is stored with a decision: the same question, facts and packs give the same answer years
later (`replay`). It is asked when a call is asked for and again right before it is dialled (`compliance.dialling`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from voiceagent.compliance.rules.book import RuleBook
from voiceagent.compliance.rules.place import Place
from voiceagent.compliance.rules.rules import CallRule, ConsentKind, PackRef, Purpose, Rules
from voiceagent.core.errors import BadInput

OWN_LIST: Final = "seller"  # kept here, so it is never stale
LONGEST_WINDOW: Final = timedelta(days=31)  # of a limit on attempts


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundQuestion:
    """Who is to be called, what for, and when. `places`: where they may be, by number and by what is stated.

    human_intro: a person speaks first. exemption: why none has to, for the record. No number: it is not kept.
    """

    purpose: Purpose
    campaign: str
    places: tuple[Place, ...]
    zones: tuple[str, ...]
    at: datetime  # aware, UTC
    human_intro: bool = False
    exemption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenConsent:
    """A consent to be called. `campaigns`: () is all of the seller's."""

    kind: ConsentKind
    captured_at: datetime
    campaigns: tuple[str, ...] = ()
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The number is on a do-not-call list. `campaign`: "" is all."""

    list: str
    effective_at: datetime
    campaign: str = ""
    expires_at: datetime | None = None
    lifted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundFacts:
    """What is stored of the number. loaded: when each list from outside was last loaded completely."""

    consents: tuple[GivenConsent, ...] = ()
    listed: tuple[Listed, ...] = ()
    loaded: Mapping[str, datetime] = field(default_factory=dict)
    attempts: tuple[datetime, ...] = ()  # calls that were allowed before


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule; `code` is stable, `detail` for people."""

    code: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    allowed: bool
    checks: tuple[Check, ...]

    @property
    def code(self) -> str:
        """The first check that failed; "" when allowed."""
        return next((check.code for check in self.checks if not check.passed), "")

    @property
    def detail(self) -> str:
        return next((check.detail for check in self.checks if not check.passed), "")


def decide(question: OutboundQuestion, facts: OutboundFacts, rules: Rules) -> Decision:
    """Ask every rule, also after one has said no."""
    rule = rules.calls.get(question.purpose)
    checks = [_expired(question, rules), _purpose(question, rule)]
    rule = rule or CallRule(forbidden=True)
    checks += [
        _consent(question, facts, rule),
        _listed(question, facts, rule, rules),
        _fresh_lists(question, facts, rule),
        _hours(question, rule),
        _attempts(question, facts, rule),
        _human(question, rule),
    ]
    return Decision(allowed=all(check.passed for check in checks), checks=tuple(checks))


def _expired(question: OutboundQuestion, rules: Rules) -> Check:
    over = rules.expired(question.at.date())
    if over:
        return Check(code="pack_expired", passed=False, detail=f"the rules {', '.join(over)} have expired; update them")
    return Check(code="pack_expired", passed=True, detail=rules.names)


def _purpose(question: OutboundQuestion, rule: CallRule | None) -> Check:
    allowed = rule is not None and not rule.forbidden
    detail = "" if allowed else f"no rule of the place allows {question.purpose} calls"
    return Check(code="purpose_not_allowed", passed=allowed, detail=detail)


def _consent(question: OutboundQuestion, facts: OutboundFacts, rule: CallRule) -> Check:
    held = {kind for given in facts.consents if _holds(given, question) for kind in _implies(given.kind)}
    missing = [kind.value for kind in rule.consent if kind not in held]
    if missing:
        detail = f"no valid consent of the kind {' and '.join(missing)} for campaign {question.campaign!r} is stored"
        return Check(code="consent_missing", passed=False, detail=detail)
    return Check(code="consent_missing", passed=True, detail=" ".join(kind.value for kind in rule.consent))


def _holds(given: GivenConsent, question: OutboundQuestion) -> bool:
    """A revocation counts whatever its time: clocks of several hosts differ, and are set back."""
    covers = not given.campaigns or question.campaign in given.campaigns
    over = given.revoked_at is not None or (given.expires_at is not None and question.at >= given.expires_at)
    return covers and not over and given.captured_at <= question.at


def _implies(kind: ConsentKind) -> frozenset[ConsentKind]:
    """Written consent is express consent too; consents under other laws do not stand in for each other."""
    return frozenset({kind, ConsentKind.PEC} if kind is ConsentKind.PEWC else {kind})


def _listed(question: OutboundQuestion, facts: OutboundFacts, rule: CallRule, rules: Rules) -> Check:
    to_all = rules.revoke_all_from is not None and question.at.date() >= rules.revoke_all_from
    on = {
        entry.list
        for entry in facts.listed
        if entry.list in rule.dnc and _in_force(entry, question.at)
        if to_all or entry.campaign in ("", question.campaign)
    }
    if on:
        detail = f"the number is on the do-not-call list {', '.join(sorted(on))}"
        return Check(code="do_not_call", passed=False, detail=detail)
    return Check(code="do_not_call", passed=True, detail=" ".join(rule.dnc))


def _in_force(entry: Listed, at: datetime) -> bool:
    """From when it is stored on, whatever its time says, as with revocations."""
    ends = [moment for moment in (entry.expires_at, entry.lifted_at) if moment is not None]
    return all(at < end for end in ends)


def _fresh_lists(question: OutboundQuestion, facts: OutboundFacts, rule: CallRule) -> Check:
    oldest = timedelta(days=rule.dnc_max_age_days) if rule.dnc_max_age_days is not None else None
    stale = [
        name for name in rule.dnc if name != OWN_LIST and not _is_fresh(facts.loaded.get(name), question.at, oldest)
    ]
    if stale:
        age = f"in the last {rule.dnc_max_age_days} days" if oldest is not None else "at all"
        detail = f"the do-not-call list {', '.join(stale)} was not loaded {age}; load it"
        return Check(code="list_stale", passed=False, detail=detail)
    return Check(code="list_stale", passed=True, detail="")


def _is_fresh(loaded: datetime | None, at: datetime, oldest: timedelta | None) -> bool:
    return loaded is not None and loaded <= at and (oldest is None or at - loaded <= oldest)


def _hours(question: OutboundQuestion, rule: CallRule) -> Check:
    if not question.zones:
        detail = "nobody knows what time it is there; state the callee's place"
        return Check(code="outside_hours", passed=False, detail=detail)
    local = {zone: question.at.astimezone(ZoneInfo(zone)) for zone in question.zones}
    wrong = [f"{moment:%a %H:%M} in {zone}" for zone, moment in local.items() if not rule.times.allow(moment)]
    if wrong:
        return Check(code="outside_hours", passed=False, detail=f"it is {', '.join(wrong)}")
    return Check(
        code="outside_hours", passed=True, detail=", ".join(f"{at:%a %H:%M} {zone}" for zone, at in local.items())
    )


def _attempts(question: OutboundQuestion, facts: OutboundFacts, rule: CallRule) -> Check:
    for hours, most in rule.attempts:
        made = sum(question.at - timedelta(hours=hours) < attempt for attempt in facts.attempts)
        if made >= most:
            detail = f"{made} calls in the last {hours} hours, at most {most} are allowed"
            return Check(code="too_many_attempts", passed=False, detail=detail)
    return Check(code="too_many_attempts", passed=True, detail="")


def _human(question: OutboundQuestion, rule: CallRule) -> Check:
    passed = not rule.human_intro or question.human_intro or bool(question.exemption)
    detail = question.exemption if passed else "a person has to speak first there, or an exemption has to be recorded"
    return Check(code="human_intro_missing", passed=passed, detail=detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A decision with all that it follows from, as it is stored."""

    question: OutboundQuestion
    facts: OutboundFacts
    packs: tuple[PackRef, ...]
    decision: Decision


def evidence_data(evidence: Evidence) -> dict[str, Any]:
    """JSON-ready."""
    data: dict[str, Any] = msgspec.to_builtins(evidence)
    return data


def evidence_from_data(data: Mapping[str, Any]) -> Evidence:
    """Raises BadInput."""
    try:
        return msgspec.convert(data, Evidence)
    except msgspec.ValidationError as error:
        raise BadInput(f"the stored decision is malformed: {error}") from error


def evidence_sha256(evidence: Evidence) -> str:
    """The same evidence, the same hash: keys are sorted."""
    return hashlib.sha256(msgspec.json.encode(evidence, order="deterministic")).hexdigest()


def replay(evidence: Evidence, book: RuleBook) -> bool:
    """Whether deciding again gives the same. Raises NotFound for packs that are not installed any more."""
    return decide(evidence.question, evidence.facts, book.of(evidence.packs)) == evidence.decision
