"""The erasure of one person's data, step by step (docs/decisions/0034).

Each step is noted on the request, with an entry of the audit log, in one transaction. Killed anywhere it is begun anew:
what a step has done by then is done once more, which changes nothing.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import structlog

import voiceagent
from voiceagent.apps.erasing import Eraser
from voiceagent.compliance.erasure.evaluation import CALLS_COME_IN_FOR, METHODS, item_of
from voiceagent.compliance.erasure.names import names_of, searched_for
from voiceagent.compliance.erasure.receipt import signed_receipt
from voiceagent.compliance.retention.rules import Rules
from voiceagent.compliance.signing_identity import SigningIdentity
from voiceagent.core.clock import Clock
from voiceagent.core.errors import InternalError
from voiceagent.core.ids import TenantId
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.erasing.sealed_names import SealedNames
from voiceagent.records.erasing.subject import Subject, calls_of, facts_of, left_of, shredded_keys
from voiceagent.records.erasing.tombstone_file import append_tombstones
from voiceagent.records.erasure_values import ERASE, Counts, ErasureRequest, Fate, Step, Tombstone
from voiceagent.records.jobs.queue import NewJob
from voiceagent.records.purging.store import PurgeStore
from voiceagent.records.retention_values import CallFacts
from voiceagent.records.unit_of_work import Records, UnitOfWork
from voiceagent.records.webhooks.outbox import WebhookEntry

_log = structlog.get_logger(__name__)
HOURLY: Final = "37 * * * *"
_SLICE_S: Final = 60.0  # of one job: an attempt may take 120 s
_PAGE: Final = 50  # calls of one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureParts:
    """What an erasure works with. `pepper`: of the purge's pseudonyms; `identity`: made when it is first needed.

    `home`: the country of numbers that are written without one, "" when it is not known.
    """

    records: Records
    recordings: Path
    rules: Rules
    names: SealedNames
    pepper: Callable[[TenantId], bytes] = field(repr=False)
    identity: Callable[[], SigningIdentity] = field(repr=False)
    tombstones: Path
    clock: Clock
    home: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Going:
    """One step of one request, in the transaction that notes it."""

    tenant_id: TenantId
    request: ErasureRequest
    work: UnitOfWork
    now: datetime


class Erasure:
    def __init__(self, parts: ErasureParts) -> None:
        self._parts = parts
        self._records = parts.records
        self._clock = parts.clock
        self._store = PurgeStore(parts.records.engine)
        self._webhooks = WebhookEntry()
        self._notes: Mapping[Step, Callable[[_Going], Awaitable[Counts]]] = MappingProxyType(
            {
                Step.RESOLVE: self._resolve,
                Step.FREEZE: self._freeze,
                Step.EVALUATE: self._evaluate,
                Step.SHRED: self._erased_so_far,
                Step.DELETE: self._deleted,
                Step.NOTIFY: self._notify,
                Step.TOMBSTONE: self._bury,
                Step.VERIFY: self._verify,
                Step.RECEIPT: self._receipt,
            }
        )

    async def run(self, tenant_id: TenantId, request_id: str, *, for_s: float = _SLICE_S) -> None:
        """Go on with the request; what is left after `for_s` is for another job, which is entered.

        Raises NotFound, InternalError when something does not go, Unavailable, StoreUnavailable.
        """
        until = self._clock.monotonic() + for_s
        while (await self.advance(tenant_id, request_id)).state == "running":
            if self._clock.monotonic() >= until:
                async with self._records.unit_of_work(tenant_id) as work:
                    await work.jobs.enqueue(erasure_job(tenant_id, request_id))
                    await work.commit()
                return

    async def advance(self, tenant_id: TenantId, request_id: str) -> ErasureRequest:
        """One step, or a part of one that is long; the request after it. Nothing for one that is not running."""
        async with self._records.unit_of_work(tenant_id) as work:
            request = await work.erasures.get(request_id)
        if request.state != "running":
            return request
        step, eraser = Step(request.step + 1), self._eraser(tenant_id, request)
        if step is Step.SHRED and not await eraser.shred(_PAGE):
            return request
        if step is Step.DELETE and not await eraser.delete(_PAGE):
            return request
        return await self._note(tenant_id, request, step)

    async def follow_up(self) -> None:
        """Take up again what a hold or a term has let go, and calls that came in late. Raises StoreUnavailable."""
        for tenant_id in await self._store.tenants():
            async with self._records.unit_of_work(tenant_id) as work:
                open_ones = await work.erasures.open_ones()
            for request in open_ones:
                await self._look_again(tenant_id, request)

    async def _note(self, tenant_id: TenantId, request: ErasureRequest, step: Step) -> ErasureRequest:
        now = self._clock.now()
        async with self._records.unit_of_work(tenant_id) as work:
            going = _Going(tenant_id=tenant_id, request=request, work=work, now=now)
            counts = await self._notes[step](going)
            left = counts.get("left", 0)
            noted = Step.FREEZE if left else step
            if step is not Step.RECEIPT:
                await work.erasures.note(request.id, noted)
            await work.audit.append(_act(request.id, step.name.lower(), counts, "left" if left else "ok"), now)
            after = await work.erasures.get(request.id)
            await work.commit()
        _log.info("erasure step noted", request_id=request.id, step=step.name.lower(), counts=counts)
        if left:
            raise InternalError(f"of erasure request {request.id} {left} things were still there and are erased again")
        return after

    async def _resolve(self, going: _Going) -> Counts:
        calls = await self._calls_of(going.work, going.tenant_id, going.request, going.now)
        added = await going.work.erasure_items.add(going.request.id, [one.call_id for one in calls])
        return {"calls": len(calls), "items": added}

    async def _freeze(self, going: _Going) -> Counts:
        return {"items": await going.work.erasure_items.freeze(going.request.id)}

    async def _evaluate(self, going: _Going) -> Counts:
        rules = replace(self._parts.rules, holds=await going.work.legal_holds.active())
        items = await going.work.erasure_items.with_fate(going.request.id, (Fate.FROZEN, Fate.RESTRICTED, Fate.KEPT))
        calls = sorted({one.call_id for one in items})
        facts = {one.call_id: one for one in await facts_of(going.work.session, going.tenant_id, calls)}
        judged = [item_of(facts[one.call_id], one.content_class, rules, going.now) for one in items]
        await going.work.erasure_items.settle(going.request.id, judged)
        return {fate.value: sum(one.fate is fate for one in judged) for fate in (Fate.DUE, Fate.RESTRICTED, Fate.KEPT)}

    async def _erased_so_far(self, going: _Going) -> Counts:
        gone: Counts = {}
        for one in await going.work.erasure_items.counts(going.request.id):
            if one.fate in (Fate.SHREDDED, Fate.ERASED):
                gone[one.content_class.name.lower()] = gone.get(one.content_class.name.lower(), 0) + one.items
        return gone

    async def _deleted(self, going: _Going) -> Counts:
        names, _ = await self._named(going.tenant_id, going.request)
        holds = await going.work.legal_holds.forget_caller(names)
        return {**await self._erased_so_far(going), "holds": holds}

    async def _notify(self, going: _Going) -> Counts:
        calls = sorted({one.call_id for one in await going.work.erasure_items.without_tombstone(going.request.id)})
        connection = await going.work.session.connection()
        return {"webhooks": await self._webhooks.owe_erased(connection, going.tenant_id, calls, going.now)}

    async def _bury(self, going: _Going) -> Counts:
        """The file first: what the database counts as erased is then known outside of it."""
        items = await going.work.erasure_items.without_tombstone(going.request.id)
        calls = sorted({one.call_id for one in items})
        keys = await shredded_keys(going.work.session, going.tenant_id, calls)
        tombstones = [
            Tombstone(
                tenant_id=going.tenant_id,
                request_id=going.request.id,
                call_id=one.call_id,
                content_class=one.content_class,
                at=one.erased_at or going.now,
                method=METHODS[one.content_class],
                key_ids=keys.get((one.call_id, one.content_class.value), ()),
            )
            for one in items
        ]
        await asyncio.to_thread(append_tombstones, self._parts.tombstones, tombstones)
        return {"tombstones": await going.work.erasure_items.bury(tombstones)}

    async def _verify(self, going: _Going) -> Counts:
        """Ask the tables themselves. What is still there is due again."""
        left = set(await left_of(going.work.session, going.tenant_id, going.request.id))
        items = await going.work.erasure_items.with_fate(going.request.id, (Fate.ERASED,))
        again = [
            replace(one, fate=Fate.DUE, erased_at=None) for one in items if (one.call_id, one.content_class) in left
        ]
        await going.work.erasure_items.settle(going.request.id, again)
        return {"items": len(items), **({"left": len(again)} if again else {})}

    async def _receipt(self, going: _Going) -> Counts:
        counts = await going.work.erasure_items.counts(going.request.id)
        tombstones = await going.work.erasure_items.tombstones(going.request.id)
        identity = await asyncio.to_thread(self._parts.identity)
        receipt = signed_receipt(
            going.request,
            going.tenant_id,
            counts,
            tombstones,
            identity,
            version=voiceagent.__version__,
            now=going.now,
        )
        restricted = sum(one.items for one in counts if one.fate is Fate.RESTRICTED)
        done: dict[str, Any] = {"state": "restricted" if restricted else "done", "receipt": receipt.decode()}
        done |= {"receipt_sha256": _sha256(receipt), "completed_at": None if restricted else going.now}
        await going.work.erasures.note(going.request.id, Step.RECEIPT, **done)
        return {"restricted": restricted}

    async def _look_again(self, tenant_id: TenantId, request: ErasureRequest) -> None:
        now = self._clock.now()
        async with self._records.unit_of_work(tenant_id) as work:
            known = await work.erasure_items.calls(request.id)
            found = {one.call_id for one in await self._calls_of(work, tenant_id, request, now)}
            rules = replace(self._parts.rules, holds=await work.legal_holds.active())
            items = await work.erasure_items.with_fate(request.id, (Fate.RESTRICTED,))
            calls = sorted({one.call_id for one in items})
            facts = {one.call_id: one for one in await facts_of(work.session, tenant_id, calls)}
            fates = [item_of(facts[one.call_id], one.content_class, rules, now).fate for one in items]
            if found - known or Fate.DUE in fates:
                await work.erasures.note(request.id, Step.INTAKE, state="running", completed_at=None)
                await work.jobs.enqueue(erasure_job(tenant_id, request.id))
                more = {"calls": len(found - known), "items": fates.count(Fate.DUE)}
                await work.audit.append(_act(request.id, "resumed", more, "ok"), now)
            elif request.state == "done" and request.approved_at and now >= request.approved_at + CALLS_COME_IN_FOR:
                await work.erasures.forget_names(request.id)
                await work.audit.append(_act(request.id, "names_forgotten", {}, "ok"), now)
            await work.commit()

    async def _calls_of(
        self, work: UnitOfWork, tenant_id: TenantId, request: ErasureRequest, now: datetime
    ) -> Sequence[CallFacts]:
        if request.approved_at is None:
            return []
        names, call_ids = await self._named(tenant_id, request)
        subject = Subject(names=searched_for(names), call_ids=call_ids)
        return await calls_of(work.session, tenant_id, subject, before=request.approved_at, now=now)

    async def _named(self, tenant_id: TenantId, request: ErasureRequest) -> tuple[Mapping[str, str], Sequence[str]]:
        """The person's numbers with their pseudonyms, and calls; nothing once they are forgotten."""
        if request.sealed is None:
            return {}, ()
        numbers, call_ids = await self._parts.names.open(tenant_id, request.id, request.sealed)
        pepper = await asyncio.to_thread(self._parts.pepper, tenant_id)
        return names_of(numbers, pepper, self._parts.home), call_ids

    def _eraser(self, tenant_id: TenantId, request: ErasureRequest) -> Eraser:
        return Eraser(
            records=self._records,
            recordings=self._parts.recordings,
            rules=self._parts.rules,
            pepper=partial(self._parts.pepper, tenant_id),
            tenant_id=tenant_id,
            request_id=request.id,
            clock=self._clock,
        )


def erasure_job(tenant_id: TenantId, request_id: str) -> NewJob:
    return NewJob(task=ERASE, tenant_id=tenant_id, arguments={"request_id": request_id})


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _act(request_id: str, did: str, counts: Counts, result: str) -> Act:
    """Numbers of things only: the audit log outlives what is erased."""
    return Act(
        action=f"erasure.{did}",
        actor=Actor(kind="system", id="erasure"),
        object_kind="erasure_request",
        object_id=request_id,
        result=result,
        details=counts,
    )
