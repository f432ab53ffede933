"""Asks the gate about outbound calls of the principal's tenant, and keeps what it said."""

from datetime import datetime

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.api.resources.outbound.schemas import OutboundConsentBody, OutboundQuestionBody
from voiceagent.compliance.dialling.gate import ask_gate, keep_decision
from voiceagent.compliance.rules.book import RuleBook
from voiceagent.compliance.rules.outbound import Evidence, OutboundQuestion, evidence_from_data, replay
from voiceagent.compliance.rules.place import place_of_number, stated_place
from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput, NotFound
from voiceagent.records.number_hash import number_hash
from voiceagent.records.outbound_values import NewConsent, StoredConsent, StoredDecision
from voiceagent.records.unit_of_work import Records, UnitOfWork


class OutboundService:
    def __init__(self, *, records: Records, clock: Clock, rules: RuleBook, pepper: bytes) -> None:
        self._records = records
        self._clock = clock
        self._rules = rules
        self._pepper = pepper

    def now(self) -> datetime:
        """The gate's time."""
        return self._clock.now()

    async def decide(self, principal: Principal, body: OutboundQuestionBody) -> tuple[StoredDecision, Evidence]:
        """Decide and keep the decision, in one transaction. Of two who ask at once, the second sees the first."""
        hashed = number_hash(self._pepper, body.number)
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await work.outbound.hold(hashed)
            decided = await self.decide_within(work, principal, body, hashed)
            await work.commit()
        return decided

    async def decide_within(
        self, work: UnitOfWork, principal: Principal, body: OutboundQuestionBody, hashed: str
    ) -> tuple[StoredDecision, Evidence]:
        """The same within a transaction that holds the number's lock."""
        question = _question(body, self._clock.now())
        evidence = await ask_gate(work, question, hashed, self._rules)
        stored = await keep_decision(work, evidence, hashed, self._rules, by=principal.id)
        act = act_of(principal, "outbound.decided", "outbound_decision", stored.id, code=stored.code)
        await work.audit.append(act, question.at)
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
