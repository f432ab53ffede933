"""A legal hold is put on the objects in a bucket, too: then nobody deletes them there, whoever has the rights.

What decides is the hold in the records, which our own deletions ask. This follows it, and bears repetition.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

import structlog

from voiceagent.compliance.retention.decision import hold_on
from voiceagent.compliance.retention.rules import selects
from voiceagent.core.clock import Clock
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import NotFound, first_error
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.blobs.kept_blobs import KeptBlobs
from voiceagent.records.blobs.places import StoredObject, objects_of
from voiceagent.records.erasing.subject import facts_of
from voiceagent.records.jobs.queue import NewJob
from voiceagent.records.jobs.worker import Order
from voiceagent.records.retention_values import FOLLOW_HOLD, Selector
from voiceagent.records.unit_of_work import Records, UnitOfWork

_log = structlog.get_logger(__name__)
_SLICE_S: Final = 60.0  # of one job: an attempt may take 120 s
_PAGE: Final = 100  # objects


class ObjectHolds:
    def __init__(self, records: Records, blobs: KeptBlobs, clock: Clock) -> None:
        self._records = records
        self._blobs = blobs
        self._clock = clock

    async def is_held(self, tenant_id: TenantId, call_id: CallId) -> bool:
        """Whether a hold is on the sound of that call now."""
        async with self._records.unit_of_work(tenant_id) as work:
            return call_id in await self._held(work, tenant_id, [call_id])

    async def run(self, order: Order, *, for_s: float = _SLICE_S) -> None:
        """Let objects follow a hold that was placed or released, or a call that got a tag; the rest is another job's.

        Raises NotFound, ConfigError, Unavailable, StoreUnavailable.
        """
        if self._blobs.bucket is None:
            return
        until, after, done = self._clock.monotonic() + for_s, order.arguments.get("after", ""), Counter[str]()
        selector = await self._selector(order)
        while True:
            async with self._records.unit_of_work(order.tenant_id) as work:
                call_id = selector.call_id
                page = await objects_of(work.session, order.tenant_id, call_id=call_id, after=after, limit=_PAGE)
                chosen = await self._chosen(work, order.tenant_id, page, selector)
                held = await self._held(work, order.tenant_id, sorted({one.call_id for one in chosen}))
            done.update(await self._follow(chosen, held))
            after = page[-1].id if len(page) == _PAGE else ""
            if not after or self._clock.monotonic() >= until:
                break
        await self._note(order, done, after)

    async def _selector(self, order: Order) -> Selector:
        if "call_id" in order.arguments:
            return Selector(call_id=order.arguments["call_id"])
        async with self._records.unit_of_work(order.tenant_id) as work:
            return (await work.legal_holds.get(order.arguments["hold_id"])).selector

    async def _chosen(
        self, work: UnitOfWork, tenant_id: TenantId, page: Sequence[StoredObject], selector: Selector
    ) -> list[StoredObject]:
        facts = await facts_of(work.session, tenant_id, sorted({one.call_id for one in page}))
        calls = {one.call_id for one in facts if selects(selector, one)}
        return [one for one in page if one.call_id in calls]

    async def _held(self, work: UnitOfWork, tenant_id: TenantId, calls: Sequence[str]) -> set[str]:
        holds = await work.legal_holds.active()
        facts = await facts_of(work.session, tenant_id, calls)
        return {one.call_id for one in facts if hold_on(one, ContentClass.AUDIO, holds)}

    async def _follow(self, objects: Sequence[StoredObject], held: set[str]) -> list[str]:
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._set(one, on=one.call_id in held)) for one in objects]
        except BaseExceptionGroup as errors:
            raise first_error(errors) from errors
        return [task.result() for task in tasks]

    async def _set(self, one: StoredObject, *, on: bool) -> str:
        try:
            kept = await self._blobs.store_of(one.place).hold(one.place, on=on)
        except NotFound:  # it was deleted meanwhile
            return "gone"
        return ("held" if on else "let_go") if kept else "not_kept"

    async def _note(self, order: Order, done: Counter[str], after: str = "") -> None:
        """What was done, for the audit log, and the job for the rest behind `after`."""
        _log.info("objects follow a hold", tenant_id=order.tenant_id, objects=done.total())
        kind, thing = ("call", order.arguments["call_id"]) if "call_id" in order.arguments else ("legal_hold", "")
        act = Act(
            action="legal_hold.followed",
            actor=Actor(kind="system", id="holds"),
            object_kind=kind,
            object_id=thing or order.arguments["hold_id"],
            details={"objects": dict(done)},
        )
        async with self._records.unit_of_work(order.tenant_id) as work:
            if done:
                await work.audit.append(act, self._clock.now())
            if after:
                rest = {**order.arguments, "after": after}
                await work.jobs.enqueue(NewJob(task=FOLLOW_HOLD, tenant_id=order.tenant_id, arguments=rest))
            await work.commit()
