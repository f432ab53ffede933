"""Writes the packages that were asked for over the API, and takes away those whose time is over."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import structlog

import voiceagent
from voiceagent.apps.to_the_end import to_the_end
from voiceagent.compliance.canonical import rfc3339
from voiceagent.compliance.exports.export import CallExport
from voiceagent.compliance.exports.package_store import PackageStore
from voiceagent.compliance.exports.request import ExportRequest, from_data
from voiceagent.compliance.exports.writer import PackageWriter
from voiceagent.compliance.signing_identity import SigningIdentity
from voiceagent.core.clock import Clock
from voiceagent.core.errors import ConfigError, Conflict, InternalError, NotFound, VoiceagentError
from voiceagent.core.ids import TenantId
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.erasing.sealed_names import SealedNames
from voiceagent.records.export_values import MOST_ATTEMPTS, ExportKind, StoredExport, Written
from voiceagent.records.jobs.worker import Order
from voiceagent.records.purging.store import PurgeStore
from voiceagent.records.unit_of_work import Records

_log = structlog.get_logger(__name__)
LONGEST_S: Final = 6 * 3600.0  # one attempt: a million calls and their recordings
_HOPELESS: Final = (NotFound, Conflict, ConfigError, InternalError)

IdentityOf = Callable[[str, datetime], SigningIdentity]


class ExportWriting:
    """`identity_of` takes an organisation and the time: the key is made when it is first needed.

    `names` opens what is sealed of a person whose data was asked for.
    """

    def __init__(
        self,
        export: CallExport,
        records: Records,
        packages: PackageStore,
        identity_of: IdentityOf,
        names: SealedNames,
        clock: Clock,
    ) -> None:
        self._export = export
        self._names = names
        self._clock = clock
        self._records = records
        self._packages = packages
        self._identity_of = identity_of

    async def run(self, order: Order) -> None:
        """One attempt, from the beginning. A package appears whole or not at all, whenever it is cut off.

        Raises what may be otherwise in a while (StoreUnavailable, OSError), as long as there is another attempt.
        """
        clock, tenant_id, export_id = self._clock, order.tenant_id, order.arguments["export_id"]
        async with self._records.unit_of_work(tenant_id) as work:
            asked = await work.exports.begin(export_id, clock.now())
            await work.commit()
        if asked is None:
            return
        try:
            if asked.attempts > MOST_ATTEMPTS:
                raise InternalError("each attempt was cut off; ask for fewer calls at once")
            draft, written = await self._write(asked)
        except (VoiceagentError, OSError) as error:
            if asked.attempts < MOST_ATTEMPTS and not isinstance(error, _HOPELESS):
                raise
            await self._give_up(asked, error, clock.now())
            return
        await self._offer(asked, draft, written)

    async def _write(self, asked: StoredExport) -> tuple[Path, Written]:
        request = request_of(asked, await self._person(asked))
        draft = await to_the_end(self._packages.prepare, asked.tenant_id, asked.id, asked.attempts)
        identity = await to_the_end(self._identity_of, request.organisation, asked.requested_at)
        with PackageWriter(draft, request, identity, version=voiceagent.__version__) as writer:
            await self._export.run(request, writer, progress=lambda _done, _of: None)
        told = writer.manifest["completeness"]
        excluded = sum(one["count"] for one in told["excluded"])
        counts = {**writer.manifest["counts"], "calls_in_range": told["calls_in_range"], "calls_excluded": excluded}
        if request.subject is not None:
            counts |= {f"calls_{one['reason']}": one["count"] for one in told["excluded"]}
        size = await asyncio.to_thread(lambda: draft.stat().st_size)
        taken = () if request.subject is None else tuple(writer.taken)
        return draft, Written(counts=counts, manifest_sha256=writer.manifest_sha256, size_bytes=size, call_ids=taken)

    async def _person(self, asked: StoredExport) -> dict[str, Any]:
        """The names of the person whose data was asked for; nothing for other exports."""
        if "subject" not in asked.filter:
            return {}
        async with self._records.unit_of_work(asked.tenant_id) as work:
            sealed = await work.exports.names(asked.id)
        if sealed is None:
            raise Conflict("whose data was asked for is not known any more; ask for it again")
        numbers, call_ids = await self._names.open(asked.tenant_id, asked.id, sealed)
        return {"subject": {**asked.filter["subject"], "numbers": numbers, "call_ids": call_ids}}

    async def _offer(self, asked: StoredExport, draft: Path, written: Written) -> None:
        """Under the lock of its row, so that the file that lies there is the one that the row tells of."""
        now = self._clock.now()
        async with self._records.unit_of_work(asked.tenant_id) as work:
            offered = await work.exports.finish(asked.id, written, now)
            if offered:
                await to_the_end(self._packages.put, draft, asked.tenant_id, asked.id)
                told = {"manifest_sha256": written.manifest_sha256, "calls": written.counts["calls"]}
                await work.audit.append(_act("export.ready", asked.id, **told), now)
            elif asked.kind is ExportKind.DSAR and (await work.exports.get(asked.id)).problem:
                await work.audit.append(_act("export.withdrawn", asked.id), now)
            await work.commit()
        if not offered:  # it was deleted while it was written, or another attempt has offered its own, which stays
            await asyncio.to_thread(self._packages.discard, draft)

    async def _give_up(self, asked: StoredExport, error: Exception, now: datetime) -> None:
        problem = str(error) if isinstance(error, VoiceagentError) else f"the package could not be written: {error}"
        _log.warning("export_failed", export_id=asked.id, problem=type(error).__name__)
        async with self._records.unit_of_work(asked.tenant_id) as work:
            if await work.exports.fail(asked.id, problem, now):
                await work.audit.append(_act("export.failed", asked.id, result="failed"), now)
            await work.commit()


class ExportExpiry:
    """Beside the hourly purge. `rows_live`: how long it stays known what was exported."""

    def __init__(self, records: Records, packages: PackageStore, rows_live: timedelta, clock: Clock) -> None:
        self._records = records
        self._store = PurgeStore(records.engine)
        self._packages = packages
        self._rows_live = rows_live
        self._clock = clock

    async def run_all(self) -> None:
        """For every tenant. The row first, then the file: one that is left is found by the next run.

        Raises StoreUnavailable.
        """
        for tenant_id in await self._store.tenants():
            try:
                await self._run(tenant_id)
            except OSError as error:
                _log.warning("packages are left on the disk", tenant_id=tenant_id, problem=type(error).__name__)

    async def _run(self, tenant_id: TenantId) -> None:
        now = self._clock.now()
        async with self._records.unit_of_work(tenant_id) as work:
            over, lost = await work.exports.expire(now), await work.exports.give_up(now)
            await work.exports.forget(now - self._rows_live)
            for export_id in over:
                await work.audit.append(_act("export.expired", export_id), now)
            for export_id in lost:
                await work.audit.append(_act("export.failed", export_id, result="failed"), now)
            await work.commit()
        await clear_away(self._records, self._packages, tenant_id)


async def clear_away(records: Records, packages: PackageStore, tenant_id: TenantId) -> None:
    """Remove the files of all exports that are not offered or under way; after the commit that withdrew them.

    One that is entered from now on writes no file that is looked at here. Raises StoreUnavailable, OSError.
    """
    folder = await asyncio.to_thread(packages.exports, tenant_id)
    async with records.unit_of_work(tenant_id) as work:
        kept = await work.exports.with_files()
    await asyncio.to_thread(packages.remove_all, tenant_id, folder - kept)


def request_of(asked: StoredExport, person: Mapping[str, Any] = MappingProxyType({})) -> ExportRequest:
    """What is written into the package of it; `person` tells in clear whose data it is."""
    return from_data(
        {
            **asked.filter,
            **person,
            "export_id": asked.id,
            "tenant": asked.tenant_id,
            "requester": asked.requested_by,
            "purpose": asked.purpose,
            "created_at": rfc3339(asked.requested_at),  # as the manifest keeps it, and `--again` reads it
            "kind": asked.kind.value,
            "approver": asked.approved_by,
        }
    )


def _act(action: str, export_id: str, *, result: str = "ok", **details: Any) -> Act:
    actor = Actor(kind="system", id="jobs")
    return Act(action=action, actor=actor, object_kind="export", object_id=export_id, result=result, details=details)
