"""Asks the gate about outbound calls of the principal's tenant, and keeps what it said."""

from functools import partial

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.api.resources.outbound.schemas import OutboundConsentBody, OutboundQuestionBody
from voiceagent.compliance.dialling.placing import Placing
from voiceagent.compliance.dialling.wish import Callee
from voiceagent.compliance.rules.book import RuleBook
from voiceagent.compliance.rules.outbound import Evidence, evidence_from_data, replay
from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput, NotFound
from voiceagent.records.number_hash import number_hash
from voiceagent.records.outbound_values import NewConsent, StoredConsent, StoredDecision
from voiceagent.records.unit_of_work import Records


class OutboundService:
    def __init__(self, *, records: Records, clock: Clock, rules: RuleBook, placing: Placing, pepper: bytes) -> None:
        self._records = records
        self._placing = placing
        self._clock = clock
        self._rules = rules
        self._pepper = pepper

    async def decide(self, principal: Principal, body: OutboundQuestionBody) -> tuple[StoredDecision, Evidence]:
        """Decide and keep the decision, in one transaction. Of two who ask at once, the second sees the first."""
        hashed = number_hash(self._pepper, body.number)
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await work.outbound.hold(hashed)
            acting = partial(act_of, principal)
            decided = await self._placing.decide(work, callee_of(body), hashed, by=principal.id, act_of=acting)
            await work.commit()
        return decided

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


def callee_of(body: OutboundQuestionBody) -> Callee:
    """What the gate has to know of them."""
    return Callee(
        number=body.number,
        purpose=body.purpose,
        campaign=body.campaign,
        callee_place=body.callee_place,
        human_intro=body.human_intro,
        exemption=body.exemption,
    )
