"""What a hold or a term has let go, and what came in late, is erased too (docs/decisions/0034)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from voiceagent.apps.erasure_parts import ErasureParts, act_of, erasure_job
from voiceagent.compliance.erasure.evaluation import CALLS_COME_IN_FOR, UNAPPROVED_LIVES, item_of
from voiceagent.core.errors import InternalError, StoreUnavailable, VoiceagentError
from voiceagent.core.ids import TenantId
from voiceagent.records.erasing.subject import facts_of, left_of
from voiceagent.records.erasure_values import Counts, ErasureItem, ErasureRequest, Fate, Step
from voiceagent.records.purging.store import PurgeStore
from voiceagent.records.unit_of_work import UnitOfWork

_log = structlog.get_logger(__name__)
HOURLY: Final = "37 * * * *"
_ASKED_AT_HOUR: Final = 3  # UTC


class ErasureFollowUp:
    """Looks at every request that is not closed for good, hour by hour."""

    def __init__(self, parts: ErasureParts) -> None:
        self._parts = parts
        self._store = PurgeStore(parts.records.engine)

    async def run(self) -> None:
        """For every tenant; a request that cannot be read does not keep the others.

        Raises StoreUnavailable, and InternalError after the last when there was such a one.
        """
        failed = []
        for tenant_id in await self._store.tenants():
            for request in await self._open_ones(tenant_id):
                try:
                    await self._look_again(tenant_id, request)
                except StoreUnavailable:
                    raise
                except VoiceagentError as error:
                    _log.warning("erasure not looked at", request_id=request.id, problem=type(error).__name__)
                    failed.append(f"{request.id} ({error})")
        if failed:
            raise InternalError(f"these erasure requests could not be looked at again: {'; '.join(failed)}")

    async def _open_ones(self, tenant_id: TenantId) -> Sequence[ErasureRequest]:
        """Those to look at, once what was left lying is taken up and what nobody approved has forgotten its names."""
        now = self._parts.clock.now()
        async with self._parts.records.unit_of_work(tenant_id) as work:
            for request_id in await work.erasures.forget_unapproved(now - UNAPPROVED_LIVES):
                await work.audit.append(act_of(request_id, "names_forgotten", {}, "ok"), now)
            for request_id in await work.erasures.running():
                job = erasure_job(tenant_id, request_id)
                if not await work.jobs.is_under_way(job):  # it was given up, or deleted by hand
                    await work.jobs.enqueue(job)
                    await work.audit.append(act_of(request_id, "taken_up", {}, "ok"), now)
            open_ones = await work.erasures.open_ones()
            await work.commit()
        return open_ones

    async def _look_again(self, tenant_id: TenantId, seen: ErasureRequest) -> None:
        now = self._parts.clock.now()
        async with self._parts.records.unit_of_work(tenant_id) as work:
            request = await work.erasures.get(seen.id, locked=True)
            if (request.state, request.step) != (seen.state, seen.step):
                return
            due = await self._due_again(work, tenant_id, request, now)
            if any(due.values()):
                await work.erasures.note(request.id, Step.INTAKE, state="running", completed_at=None)
                await work.jobs.enqueue(erasure_job(tenant_id, request.id))
                await work.audit.append(act_of(request.id, "resumed", due, "ok"), now)
            elif await self._needs_no_names(work, request, now):
                await work.erasures.forget_names(request.id)
                await work.audit.append(act_of(request.id, "names_forgotten", {}, "ok"), now)
            await work.commit()

    async def _needs_no_names(self, work: UnitOfWork, request: ErasureRequest, now: datetime) -> bool:
        """No call comes in any more, and what is left waits for object locks only."""
        if request.sealed is None or request.approved_at is None or now < request.approved_at + CALLS_COME_IN_FOR:
            return False
        restricted = await work.erasure_items.with_fate(request.id, (Fate.RESTRICTED,))
        return all(one.is_locked for one in restricted)

    async def _due_again(self, work: UnitOfWork, tenant_id: TenantId, request: ErasureRequest, now: datetime) -> Counts:
        known = await work.erasure_items.calls(request.id)
        found = {one.call_id for one in await self._parts.calls_of(work, tenant_id, request, now)}
        rules = replace(self._parts.rules, holds=await work.legal_holds.active())
        items = await work.erasure_items.with_fate(request.id, (Fate.RESTRICTED,))
        facts = await facts_of(work.session, tenant_id, sorted({one.call_id for one in items}))
        of_call = {one.call_id: one for one in facts}
        unlocked = [one for one in items if not one.is_locked or _may_be_over(one, now)]
        fates = [item_of(of_call[one.call_id], one.content_class, rules, now).fate for one in unlocked]
        # A recording that came in after the erasure is unreadable at once; its file is still to go
        back = await left_of(work.session, tenant_id, request.id)
        await work.erasure_items.due_again(request.id, back)
        return {"calls": len(found - known), "items": fates.count(Fate.DUE), "came_late": len(back)}


def _may_be_over(locked: ErasureItem, now: datetime) -> bool:
    """Whether to ask its store again: at the end of the lock; of a hold, which has none, once a day."""
    return now.hour == _ASKED_AT_HOUR if locked.until is None else locked.until <= now
