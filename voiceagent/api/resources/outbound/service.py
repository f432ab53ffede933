"""Asks the gate about outbound calls of the principal's tenant, and keeps what it said."""

from datetime import datetime

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.api.resources.outbound.schemas import OutboundConsentBody, OutboundQuestionBody
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
    evidence_from_data,
    evidence_sha256,
    replay,
)
from voiceagent.compliance.rules.place import place_of_number, stated_place
from voiceagent.compliance.rules.rules import ConsentKind
from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput, NotFound
from voiceagent.core.ids import new_id
from voiceagent.records.number_hash import number_hash
from voiceagent.records.outbound_values import NewConsent, StoredConsent, StoredDecision
from voiceagent.records.unit_of_work import Records, UnitOfWork


class OutboundService:
    def __init__(self, *, records: Records, clock: Clock, rules: RuleBook, pepper: bytes) -> None:
        self._records = records
        self._clock = clock
        self._rules = rules
        self._pepper = pepper

    async def decide(self, principal: Principal, body: OutboundQuestionBody) -> tuple[StoredDecision, Evidence]:
        """Decide and keep the decision, in one transaction. Of two who ask at once, the second sees the first."""
        hashed = number_hash(self._pepper, body.number)
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await work.outbound.hold(hashed)
            evidence = await self._evidence(work, body, hashed, self._clock.now())
            question, decision = evidence.question, evidence.decision
            rules = self._rules.of(evidence.packs)
            stored = StoredDecision(
                id=new_id("ode"),
                number_hash=hashed,
                at=question.at,
                asked_by=principal.id,
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
            decided = act_of(principal, "outbound.decided", "outbound_decision", stored.id, code=stored.code)
            await work.audit.append(decided, question.at)
            await work.commit()
        return stored, evidence

    async def read(self, principal: Principal, decision_id: str) -> tuple[StoredDecision, Evidence, bool | None]:
        """A decision, and whether deciding again gives the same. Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            stored = await work.outbound.decision(decision_id)
        evidence = evidence_from_data(stored.evidence)
        try:
            return stored, evidence, replay(evidence, self._rules)
        except NotFound:
            return stored, evidence, None

    async def add_consent(self, principal: Principal, body: OutboundConsentBody) -> StoredConsent:
        """Raises BadInput for one from the future."""
        now = self._clock.now()
        if body.captured_at > now:
            raise BadInput("captured_at is in the future")
        hashed = number_hash(self._pepper, body.number)
        fields = body.model_dump(exclude={"number", "campaigns"})
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await work.outbound.hold(hashed)
            new = NewConsent(number_hash=hashed, campaigns=tuple(body.campaigns), **fields)
            stored = await work.outbound.add_consent(new, by=principal.id, now=now)
            added = act_of(principal, "outbound_consent.added", "outbound_consent", stored.id)
            await work.audit.append(added, now)
            await work.commit()
            return stored

    async def revoke_consent(self, principal: Principal, consent_id: str) -> StoredConsent:
        """Raises NotFound, Conflict when it is revoked already."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            now = self._clock.now()
            revoked = await work.outbound.revoke_consent(consent_id, by=principal.id, now=now)
            await work.audit.append(act_of(principal, "outbound_consent.revoked", "outbound_consent", consent_id), now)
            await work.commit()
            return revoked

    async def _evidence(self, work: UnitOfWork, body: OutboundQuestionBody, hashed: str, now: datetime) -> Evidence:
        question = _question(body, now)
        facts = OutboundFacts(
            consents=tuple(
                GivenConsent(
                    kind=ConsentKind(one.kind),
                    captured_at=one.captured_at,
                    campaigns=tuple(one.campaigns),
                    expires_at=one.expires_at,
                    revoked_at=one.revoked_at,
                )
                for one in await work.outbound.consents_of(hashed)
            ),
            listed=tuple(
                Listed(list=one.list, effective_at=one.requested_at, campaign=one.campaign, lifted_at=one.lifted_at)
                for one in await work.dnc.of_number(hashed)
            ),
            loaded=await work.dnc.loaded(),
            attempts=tuple(await work.outbound.attempts_since(hashed, now - LONGEST_WINDOW)),
        )
        rules = self._rules.for_places(question.places, now.date())
        return Evidence(question=question, facts=facts, packs=rules.packs, decision=decide(question, facts, rules))


def _question(body: OutboundQuestionBody, now: datetime) -> OutboundQuestion:
    """Raises BadInput for a place that there is not."""
    of_number = place_of_number(body.number)
    stated = stated_place(body.callee_place) if body.callee_place else None
    return OutboundQuestion(
        purpose=body.purpose,
        campaign=body.campaign,
        places=(of_number, stated) if stated else (of_number,),
        zones=stated.zones if stated else of_number.zones,
        at=now,
        human_intro=body.human_intro,
        exemption=body.exemption,
    )
