"""Consents to be called and decisions on outbound calls, of one tenant."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.errors import Conflict, NotFound
from voiceagent.core.ids import TenantId, new_id
from voiceagent.records.models import OutboundCallModel, OutboundConsentModel, OutboundDecisionModel
from voiceagent.records.outbound_values import NewConsent, StoredConsent, StoredDecision
from voiceagent.records.values import value_of

_MOST_ATTEMPTS = 1000


class OutboundRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def hold(self, number_hash: str) -> None:
        """Until the transaction ends nobody else decides on this number, or changes what its decisions follow from."""
        key = f"outbound {self._tenant_id} {number_hash}"
        await self._session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})

    async def add_consent(self, new: NewConsent, *, by: str, now: datetime) -> StoredConsent:
        row = OutboundConsentModel(
            id=new_id("oco"),
            tenant_id=self._tenant_id,
            recorded_at=now,
            recorded_by=by,
            **{**asdict(new), "campaigns": list(new.campaigns)},
        )
        self._session.add(row)
        await self._session.flush()
        return value_of(row, StoredConsent)

    async def revoke_consent(self, consent_id: str, *, by: str, now: datetime) -> StoredConsent:
        """Raises NotFound, Conflict when it is revoked already."""
        mine = OutboundConsentModel.tenant_id == self._tenant_id, OutboundConsentModel.id == consent_id
        number_hash = await self._session.scalar(select(OutboundConsentModel.number_hash).where(*mine))
        if number_hash is None:
            raise NotFound(f"there is no consent {consent_id}")
        await self.hold(number_hash)
        revoked = await self._session.scalar(
            update(OutboundConsentModel)
            .where(*mine, OutboundConsentModel.revoked_at.is_(None))
            .values(revoked_at=now, revoked_by=by)
            .returning(OutboundConsentModel)
        )
        if revoked is None:
            raise Conflict(f"consent {consent_id} is revoked already")
        return value_of(revoked, StoredConsent)

    async def consents_of(self, number_hash: str) -> Sequence[StoredConsent]:
        query = (
            select(OutboundConsentModel)
            .where(OutboundConsentModel.tenant_id == self._tenant_id, OutboundConsentModel.number_hash == number_hash)
            .order_by(OutboundConsentModel.captured_at, OutboundConsentModel.id)
        )
        return [value_of(row, StoredConsent) for row in await self._session.scalars(query)]

    async def attempts_since(self, number_hash: str, since: datetime, *, but: str = "") -> Sequence[datetime]:
        """When calls to the number were allowed, `but` by that decision; the newest first."""
        query = (
            select(OutboundDecisionModel.at)
            .where(
                OutboundDecisionModel.tenant_id == self._tenant_id,
                OutboundDecisionModel.number_hash == number_hash,
                OutboundDecisionModel.allowed,
                OutboundDecisionModel.at > since,
                OutboundDecisionModel.id != but,
            )
            .order_by(OutboundDecisionModel.at.desc())
            .limit(_MOST_ATTEMPTS)
        )
        return list(await self._session.scalars(query))

    async def add_decision(self, decision: StoredDecision) -> None:
        self._session.add(OutboundDecisionModel(tenant_id=self._tenant_id, **asdict(decision)))
        await self._session.flush()

    async def forget(self, before: datetime, *, limit: int) -> None:
        """Decisions of before then, and calls that were asked for: at most so many of each, the oldest first."""
        decided, asked = OutboundDecisionModel, OutboundCallModel
        for row, key, at in ((decided, decided.id, decided.at), (asked, asked.call_id, asked.asked_at)):
            old = select(key).where(row.tenant_id == self._tenant_id, at < before).order_by(at).limit(limit)
            gone = delete(row).where(row.tenant_id == self._tenant_id, key.in_(old))
            await self._session.execute(gone.execution_options(synchronize_session=False))

    async def decision(self, decision_id: str) -> StoredDecision:
        """Raises NotFound."""
        query = select(OutboundDecisionModel).where(
            OutboundDecisionModel.tenant_id == self._tenant_id, OutboundDecisionModel.id == decision_id
        )
        row = await self._session.scalar(query)
        if row is None:
            raise NotFound(f"there is no decision {decision_id}")
        return value_of(row, StoredDecision)
