"""The gate of outbound calls over the records. Who asks holds the number's lock: a second one sees the first."""

from voiceagent.compliance.rules.book import RuleBook
from voiceagent.compliance.rules.outbound import (
    LONGEST_WINDOW,
    Evidence,
    GivenConsent,
    Listed,
    OutboundFacts,
    OutboundQuestion,
    decide,
    evidence_data,
    evidence_sha256,
)
from voiceagent.compliance.rules.rules import ConsentKind
from voiceagent.core.ids import new_id
from voiceagent.records.outbound_values import StoredDecision
from voiceagent.records.unit_of_work import UnitOfWork


async def ask_gate(
    work: UnitOfWork, question: OutboundQuestion, number_hash: str, book: RuleBook, *, but: str = ""
) -> Evidence:
    """Decide by what is stored now; the attempt of the decision `but` does not count."""
    facts = OutboundFacts(
        consents=tuple(
            GivenConsent(
                kind=ConsentKind(one.kind),
                captured_at=one.captured_at,
                campaigns=tuple(one.campaigns),
                expires_at=one.expires_at,
                revoked_at=one.revoked_at,
            )
            for one in await work.outbound.consents_of(number_hash)
        ),
        listed=tuple(
            Listed(list=one.list, effective_at=one.requested_at, campaign=one.campaign, lifted_at=one.lifted_at)
            for one in await work.dnc.of_number(number_hash)
        ),
        loaded=await work.dnc.loaded(),
        attempts=tuple(await work.outbound.attempts_since(number_hash, question.at - LONGEST_WINDOW, but=but)),
    )
    rules = book.for_places(question.places, question.at.date())
    return Evidence(question=question, facts=facts, packs=rules.packs, decision=decide(question, facts, rules))


async def keep_decision(
    work: UnitOfWork, evidence: Evidence, number_hash: str, book: RuleBook, *, by: str
) -> StoredDecision:
    """Keep what was decided, with all that it follows from."""
    question, decision = evidence.question, evidence.decision
    rules = book.of(evidence.packs)
    stored = StoredDecision(
        id=new_id("ode"),
        number_hash=number_hash,
        at=question.at,
        asked_by=by,
        purpose=question.purpose,
        campaign=question.campaign,
        allowed=decision.allowed,
        code=decision.code,
        rules=rules.names,
        rules_sha256=rules.sha256,
        evidence=evidence_data(evidence),
        evidence_sha256=evidence_sha256(evidence),
    )
    await work.outbound.add_decision(stored)
    return stored
