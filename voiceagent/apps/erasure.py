"""The erasure of one person's data, step by step (docs/decisions/0034).

Each step is noted on the request, with an entry of the audit log, in one transaction. Killed anywhere it is begun anew:
what a step has done by then is done once more, which changes nothing.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import structlog

import voiceagent
from voiceagent.apps.erasing import Eraser
from voiceagent.apps.erasure_parts import ErasureParts, act_of, erasure_job
from voiceagent.apps.export_jobs import clear_away
from voiceagent.compliance.erasure.evaluation import METHODS, SHRED_ONLY, item_of
from voiceagent.compliance.erasure.receipt import signed_receipt
from voiceagent.core.errors import ConfigError, InternalError
from voiceagent.core.ids import TenantId
from voiceagent.records.erasing.subject import empty_strays, facts_of, left_of, shredded_keys
from voiceagent.records.erasing.tombstone_file import append_tombstones
from voiceagent.records.erasure_values import Counts, ErasureRequest, Fate, Step, Tombstone
from voiceagent.records.number_hash import number_hash
from voiceagent.records.purging.store import PurgeStore
from voiceagent.records.unit_of_work import UnitOfWork
from voiceagent.records.webhooks.outbox import WebhookEntry

_log = structlog.get_logger(__name__)
_SLICE_S: Final = 60.0  # of one job: an attempt may take 120 s
_PAGE: Final = 50  # calls of one transaction
_UNDECIDED: Final = (Fate.FROZEN, Fate.RESTRICTED, Fate.KEPT)  # what has to stay may be let go by now


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

    async def _note(self, tenant_id: TenantId, request: ErasureRequest, step: Step) -> ErasureRequest:
        now = self._clock.now()
        async with self._records.unit_of_work(tenant_id) as work:
            current = await work.erasures.get(request.id, locked=True)
            if (current.state, current.step) != (request.state, request.step):
                return current  # another process has gone on with it meanwhile
            going = _Going(tenant_id=tenant_id, request=request, work=work, now=now)
            counts = await self._notes[step](going)
            left = counts.get("left", 0)
            noted = Step.FREEZE if left else step
            if step is not Step.RECEIPT:
                await work.erasures.note(request.id, noted)
            await work.audit.append(act_of(request.id, step.name.lower(), counts, "left" if left else "ok"), now)
            after = await work.erasures.get(request.id)
            await work.commit()
        _log.info("erasure step noted", request_id=request.id, step=step.name.lower(), counts=counts)
        if left:
            raise InternalError(f"of erasure request {request.id} {left} things were still there and are erased again")
        return after

    async def _resolve(self, going: _Going) -> Counts:
        calls = await self._parts.calls_of(going.work, going.tenant_id, going.request, going.now)
        added = await going.work.erasure_items.add(going.request.id, [one.call_id for one in calls])
        return {"calls": len(calls), "items": added}

    async def _freeze(self, going: _Going) -> Counts:
        return {"items": await going.work.erasure_items.freeze(going.request.id)}

    async def _evaluate(self, going: _Going) -> Counts:
        rules = replace(self._parts.rules, holds=await going.work.legal_holds.active())
        items = await going.work.erasure_items.with_fate(going.request.id, _UNDECIDED)
        calls = sorted({one.call_id for one in items})
        facts = {one.call_id: one for one in await facts_of(going.work.session, going.tenant_id, calls)}
        judged = [item_of(facts[one.call_id], one.content_class, rules, going.now) for one in items]
        frozen = sorted({one.call_id for one in items if one.fate is Fate.FROZEN})
        withdrawn = await going.work.exports.withdraw_with(frozen, going.now)
        for export_id in withdrawn:
            act = act_of(going.request.id, "export_withdrawn", {}, "ok")
            await going.work.audit.append(replace(act, object_kind="export", object_id=export_id), going.now)
        await going.work.erasure_items.settle(going.request.id, judged, was=_UNDECIDED)
        fates = {one: sum(item.fate is one for item in judged) for one in (Fate.DUE, Fate.RESTRICTED, Fate.KEPT)}
        return {**{fate.value: items for fate, items in fates.items()}, "exports": len(withdrawn)}

    async def _erased_so_far(self, going: _Going) -> Counts:
        gone: Counts = {}
        for one in await going.work.erasure_items.counts(going.request.id):
            if one.fate in (Fate.SHREDDED, Fate.ERASED):
                gone[one.content_class.name.lower()] = gone.get(one.content_class.name.lower(), 0) + one.items
        return gone

    async def _deleted(self, going: _Going) -> Counts:
        names, _ = await self._parts.named(going.tenant_id, going.request)
        holds = await going.work.legal_holds.forget_caller(names)
        lists = await self._take_off_lists(going, names)
        try:
            await clear_away(self._records, self._parts.packages, going.tenant_id)
        except OSError as error:
            raise ConfigError(f"packages of exports cannot be removed: {error.strerror}") from error
        gone: Counts = {"holds": holds, "contacts": lists, "stream_entries": await self._forget_streams(going, names)}
        yesterday = going.now - timedelta(days=1)
        gone["strays"] = await empty_strays(going.work.session, going.tenant_id, list(names), before=yesterday)
        return {**await self._erased_so_far(going), **gone}

    async def _take_off_lists(self, going: _Going, names: Collection[str]) -> int:
        """Nobody calls for a campaign whose data was erased."""
        hashes = [number_hash(self._parts.number_pepper, name) for name in names]
        return await going.work.campaign_contacts.erase(hashes)

    async def _forget_streams(self, going: _Going, names: Collection[str]) -> int:
        """Of what has to stay nothing is taken; entries that only a name tells wait until nothing has to."""
        erased = {one.call_id for one in await going.work.erasure_items.without_tombstone(going.request.id)}
        restricted = await going.work.erasure_items.with_fate(going.request.id, (Fate.RESTRICTED,))
        held = {one.call_id for one in restricted if not one.is_locked}
        return await self._parts.forget_streams(erased - held, () if held else names)

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
                method=SHRED_ONLY if one.is_locked else METHODS[one.content_class],
                key_ids=keys.get((one.call_id, one.content_class.value), ()),
            )
            for one in items
        ]
        await self._restore_file()
        await asyncio.to_thread(append_tombstones, self._parts.tombstones, tombstones)
        return {"tombstones": await going.work.erasure_items.bury(tombstones)}

    async def _restore_file(self) -> None:
        """One that was lost is written anew with all that the database knows, before anything is added to it."""
        if await asyncio.to_thread(self._parts.tombstones.exists):
            return
        known: list[Tombstone] = []
        for tenant_id in await PurgeStore(self._records.engine).tenants():
            async with self._records.unit_of_work(tenant_id) as work:
                known += await work.erasure_items.tombstones()
        if known:
            _log.warning("file of tombstones was gone and is written anew", tombstones=len(known))
        await asyncio.to_thread(append_tombstones, self._parts.tombstones, known)

    async def _verify(self, going: _Going) -> Counts:
        """Ask the tables themselves. What is still there is due again."""
        left = await left_of(going.work.session, going.tenant_id, going.request.id)
        await going.work.erasure_items.due_again(going.request.id, left)
        erased = sum(
            one.items for one in await going.work.erasure_items.counts(going.request.id) if one.fate is Fate.ERASED
        )
        return {"items": erased + len(left), **({"left": len(left)} if left else {})}

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

    def _eraser(self, tenant_id: TenantId, request: ErasureRequest) -> Eraser:
        return Eraser(
            records=self._records,
            blobs=self._parts.blobs,
            rules=self._parts.rules,
            pepper=partial(self._parts.pepper, tenant_id),
            tenant_id=tenant_id,
            request_id=request.id,
            clock=self._clock,
        )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
