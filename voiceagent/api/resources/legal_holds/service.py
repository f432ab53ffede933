"""Legal holds of the principal's tenant."""

from collections.abc import Sequence

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.core.clock import Clock
from voiceagent.core.content_class import ContentClass
from voiceagent.records.jobs.queue import NewJob
from voiceagent.records.retention_values import FOLLOW_HOLD, LegalHold, Selector
from voiceagent.records.unit_of_work import Records, UnitOfWork


class LegalHoldService:
    def __init__(self, *, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    async def place(
        self,
        principal: Principal,
        *,
        matter: str,
        selector: Selector,
        classes: frozenset[ContentClass],
        reason: str,
    ) -> LegalHold:
        """Once this returns, nothing under the hold is deleted."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            hold = await work.legal_holds.place(
                matter=matter,
                selector=selector,
                classes=classes,
                reason=reason,
                by=principal.holder,
                now=self._clock.now(),
            )
            placed = act_of(
                principal, "legal_hold.placed", "legal_hold", hold.id, matter=matter, classes=sorted(classes)
            )
            await work.audit.append(placed, hold.placed_at)
            await self._follow(work, principal, hold.id)
            await work.commit()
        return hold

    async def list(self, principal: Principal, *, active: bool | None, limit: int, before: str) -> Sequence[LegalHold]:
        """Newest first."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.legal_holds.list(active=active, limit=limit, before=before)

    async def get(self, principal: Principal, hold_id: str) -> LegalHold:
        """Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.legal_holds.get(hold_id)

    async def release(self, principal: Principal, hold_id: str) -> LegalHold:
        """Ask for the release, or approve what another has asked for. Raises NotFound, Conflict."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            now = self._clock.now()
            hold = await work.legal_holds.release(hold_id, by=principal.holder, now=now)
            action = "legal_hold.released" if hold.released_at else "legal_hold.release_asked"
            await work.audit.append(act_of(principal, action, "legal_hold", hold_id), now)
            if hold.released_at:
                await self._follow(work, principal, hold_id)
            await work.commit()
        return hold

    async def _follow(self, work: UnitOfWork, principal: Principal, hold_id: str) -> None:
        """Objects in a bucket are put under the hold, or let go, by a job: there may be many."""
        job = NewJob(task=FOLLOW_HOLD, tenant_id=principal.tenant_id, arguments={"hold_id": hold_id})
        await work.jobs.enqueue(job)
