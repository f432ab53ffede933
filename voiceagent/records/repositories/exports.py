"""Exports of one tenant: who asked for what, how far it is, who took it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.errors import Conflict, NotFound, TooManyRequests
from voiceagent.core.ids import TenantId, new_id
from voiceagent.records.erasure_values import Sealed
from voiceagent.records.export_values import (
    DOWNLOADS_TOLD,
    GIVEN_UP_AFTER,
    MOST_AT_ONCE,
    PACKAGE_LIVES,
    UNDER_WAY,
    WITH_FILES,
    ExportKind,
    ExportState,
    StoredExport,
    Written,
    needs_approval,
)
from voiceagent.records.jobs.queue import JobQueue, NewJob
from voiceagent.records.models import ExportModel
from voiceagent.records.values import value_of
from voiceagent.records.webhooks.outbox import WebhookEntry

WRITE_EXPORT: Final = "write_export"
_AFTER_CALLS: Final = -2  # an export takes minutes, what calls leave to do takes less
_RETRY_S: Final = 60
_WITHDRAWN: Final = "somebody whose call it may hold asked for erasure; ask for it again, without them"
# By what was asked for, as the package's calls were chosen; of a person's package the calls that it took, which are
# known once it is written
_MAY_HOLD: Final = text(
    """
    CASE WHEN exports.kind = 'dsar' THEN NOT exports.filter ? 'taken' OR exports.filter -> 'taken' ?| :call_ids
    ELSE EXISTS (SELECT FROM calls
             WHERE calls.tenant_id = exports.tenant_id AND calls.call_id = ANY(:call_ids)
               AND calls.call_id = coalesce(exports.filter ->> 'call_id', calls.call_id)
               AND calls.started_at < CAST(exports.filter ->> 'until' AS timestamptz)
               AND calls.started_at >= coalesce(CAST(exports.filter ->> 'since' AS timestamptz), calls.started_at)) END
    """
)
_COUNTING: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('exports of ' || :tenant_id, 0))")


class ExportRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id
        self._queue = JobQueue()
        self._webhooks = WebhookEntry()

    async def ask(
        self,
        *,
        kind: ExportKind,
        filter_: dict[str, Any],
        purpose: str,
        by: str,
        now: datetime,
        export_id: str = "",
        sealed: Sealed | None = None,
    ) -> StoredExport:
        """Enter it and its job; the job follows the approval where one is needed. Raises TooManyRequests.

        `sealed`: the names of the person whose calls are meant, bound to `export_id`.
        """
        row = ExportModel(
            id=export_id or new_id("exp"),
            tenant_id=self._tenant_id,
            kind=kind.value,
            state=ExportState.ASKED.value,
            filter=filter_,
            purpose=purpose,
            requested_by=by,
            requested_at=now,
        )
        self._session.add(row)
        await self._session.flush()
        if not needs_approval(kind):
            await self._start(row)
        if sealed is not None:
            row.kek_id, row.names_key, row.names = sealed.kek_id, sealed.key, sealed.names
            await self._session.flush()
            await self._tell(row, "export.requested", now)  # so that the person hears of it in time
        return _value(row)

    async def approve(self, export_id: str, *, by: str, now: datetime) -> StoredExport:
        """Raises NotFound, Conflict, TooManyRequests."""
        row = await self._row(export_id)
        if row.state != ExportState.ASKED:
            raise Conflict(f"export {export_id} does not wait for an approval: it is {row.state}")
        if row.requested_by == by:
            raise Conflict(
                f"you asked for export {export_id} yourself; somebody else has to approve it, and not with a key of "
                "your making"
            )
        row.approved_by, row.approved_at = by, now
        await self._start(row)
        return _value(row)

    async def get(self, export_id: str) -> StoredExport:
        """Raises NotFound."""
        return _value(await self._row(export_id, locked=False))

    async def names(self, export_id: str) -> Sealed | None:
        """Whose calls are meant, until the package is written; None for an export that is about nobody."""
        row = await self._row(export_id, locked=False)
        if row.names is None or row.names_key is None:
            return None
        return Sealed(kek_id=row.kek_id, key=row.names_key, names=row.names)

    async def sealed_otherwise(self, kek_id: str) -> Sequence[tuple[str, Sealed]]:
        """Those whose names lie under another wrapping key, by their ids; locked, so that none is emptied meanwhile."""
        own = select(ExportModel).where(ExportModel.tenant_id == self._tenant_id, ExportModel.kek_id != kek_id)
        rows = await self._session.scalars(own.where(ExportModel.names.is_not(None)).with_for_update())
        return [
            (row.id, Sealed(kek_id=row.kek_id, key=row.names_key, names=row.names))
            for row in rows
            if row.names is not None and row.names_key is not None
        ]

    async def reseal(self, export_id: str, sealed: Sealed) -> None:
        """What names the person lies under another wrapping key now. Raises NotFound."""
        row = await self._row(export_id)
        row.kek_id, row.names_key = sealed.kek_id, sealed.key
        await self._session.flush()

    async def list(self, *, limit: int, before: str = "") -> Sequence[StoredExport]:
        """Newest first, of those with smaller ids than `before`."""
        query = select(ExportModel).where(ExportModel.tenant_id == self._tenant_id)
        if before:
            query = query.where(ExportModel.id < before)
        query = query.order_by(ExportModel.id.desc()).limit(limit)
        return [_value(row) for row in await self._session.scalars(query)]

    async def begin(self, export_id: str, now: datetime) -> StoredExport | None:
        """One more attempt; None when nobody waits for it any more."""
        row = await self._row(export_id)
        if row.state not in UNDER_WAY:
            return None
        row.state, row.attempts, row.begun_at = ExportState.RUNNING.value, row.attempts + 1, now
        await self._session.flush()
        return _value(row)

    async def finish(self, export_id: str, written: Written, now: datetime) -> bool:
        """Offer the package, and tell webhooks; False when it was deleted meanwhile or is offered already."""
        row = await self._row(export_id)
        if row.state != ExportState.RUNNING:
            return False
        if set(written.call_ids).intersection(row.filter.get("erased", ())):
            _withdraw(row, now)
            await self._session.flush()
            return False
        if row.kind == ExportKind.DSAR:
            row.filter = {**row.filter, "taken": list(written.call_ids)}
        row.state, row.ended_at, row.expires_at, row.problem = ExportState.READY.value, now, now + PACKAGE_LIVES, ""
        row.counts, row.manifest_sha256 = written.counts, written.manifest_sha256
        row.size_bytes = written.size_bytes
        _forget_names(row)
        _forget(row, "erased")
        await self._session.flush()
        await self._tell(row, "export.ready", now)
        return True

    async def fail(self, export_id: str, problem: str, now: datetime) -> bool:
        """Give it up, and tell webhooks; False when it is not under way."""
        row = await self._row(export_id)
        if row.state not in UNDER_WAY:
            return False
        row.state, row.ended_at, row.problem = ExportState.FAILED.value, now, problem
        _forget_names(row)
        await self._session.flush()
        await self._tell(row, "export.failed", now)
        return True

    async def note_download(self, export_id: str, *, by: str, via: str, now: datetime) -> StoredExport:
        """Count it before anything is handed out. Raises NotFound, and Conflict when there is no package."""
        row = await self._row(export_id)
        if row.state != ExportState.READY or row.expires_at is None or now >= row.expires_at:
            state = ExportState.EXPIRED.value if row.state == ExportState.READY else row.state
            raise Conflict(f"export {export_id} has no package to download: it is {state}")
        told = {"at": now.astimezone(UTC).isoformat(timespec="milliseconds"), "by": by, "via": via}
        row.downloads = [*row.downloads, told][-DOWNLOADS_TOLD:]
        row.download_count += 1
        await self._session.flush()
        return _value(row)

    async def delete(self, export_id: str, now: datetime) -> StoredExport:
        """Stop it, or withdraw its package, whose file is not offered any more. Raises NotFound."""
        row = await self._row(export_id)
        if row.state not in (ExportState.DELETED, ExportState.EXPIRED):
            row.state, row.ended_at = ExportState.DELETED.value, row.ended_at or now
            _forget_names(row)
            _forget(row, "taken", "erased")
            await self._session.flush()
        return _value(row)

    async def withdraw_with(self, call_ids: Sequence[str], now: datetime) -> Sequence[str]:
        """Withdraw packages, done or begun, that may hold one of these calls, whose subject asked for erasure; the ids.

        A person's package that is being written is withdrawn when it is done, if it took one of them. Remove their
        files after the commit.
        """
        may_hold = _MAY_HOLD.bindparams(call_ids=list(call_ids))
        own = self._in_state(ExportState.RUNNING, ExportState.READY).where(may_hold).order_by(ExportModel.id)
        rows = (await self._session.scalars(own.with_for_update())).all()
        written = [row for row in rows if row.kind != ExportKind.DSAR or row.state == ExportState.READY]
        for row in rows:
            if row in written:
                _withdraw(row, now)
            else:
                row.filter = {**row.filter, "erased": sorted({*row.filter.get("erased", ()), *call_ids})}
        await self._session.flush()
        return [row.id for row in written]

    async def expire(self, now: datetime) -> Sequence[str]:
        """Withdraw the packages whose time is over; the ids."""
        own = self._in_state(ExportState.READY).where(ExportModel.expires_at <= now)
        rows = (await self._session.scalars(own.with_for_update())).all()
        for row in rows:
            row.state = ExportState.EXPIRED.value
            _forget(row, "taken")
        await self._session.flush()
        return [row.id for row in rows]

    async def give_up(self, now: datetime) -> Sequence[str]:
        """Fail those that nobody has gone on with for a day: their job was lost, or deleted by hand."""
        since = func.coalesce(ExportModel.begun_at, ExportModel.approved_at, ExportModel.requested_at)
        lost = (await self._session.scalars(self._in_state(*UNDER_WAY).where(since <= now - GIVEN_UP_AFTER))).all()
        return [row.id for row in lost if await self.fail(row.id, "nobody went on with it; ask for it again", now)]

    async def with_files(self) -> frozenset[str]:
        """The ids whose files may be there."""
        return frozenset(row.id for row in await self._session.scalars(self._in_state(*WITH_FILES)))

    async def forget(self, before: datetime) -> None:
        """Delete the rows of exports that were asked for before then and have no files."""
        over = delete(ExportModel).where(
            ExportModel.tenant_id == self._tenant_id,
            ExportModel.requested_at < before,
            ExportModel.state.not_in(WITH_FILES),
        )
        await self._session.execute(over)

    async def _start(self, row: ExportModel) -> None:
        await self._session.execute(_COUNTING, {"tenant_id": self._tenant_id})
        busy = len((await self._session.scalars(self._in_state(*UNDER_WAY))).all())
        if busy >= MOST_AT_ONCE:
            raise TooManyRequests(
                f"{busy} exports are under way, which is the most at once: wait until one is ready, or delete it",
                retry_after_s=_RETRY_S,
            )
        row.state = ExportState.WAITING.value
        await self._session.flush()
        job = NewJob(
            task=WRITE_EXPORT, tenant_id=self._tenant_id, arguments={"export_id": row.id}, priority=_AFTER_CALLS
        )
        await self._queue.enqueue(await self._session.connection(), job)

    async def _tell(self, row: ExportModel, event_type: str, now: datetime) -> None:
        connection, subject = await self._session.connection(), {"export_id": row.id}
        await self._webhooks.owe_of(connection, self._tenant_id, subject, event_type=event_type, now=now)

    def _in_state(self, *states: ExportState) -> Any:
        return select(ExportModel).where(ExportModel.tenant_id == self._tenant_id, ExportModel.state.in_(states))

    async def _row(self, export_id: str, *, locked: bool = True) -> ExportModel:
        query = select(ExportModel).where(ExportModel.tenant_id == self._tenant_id, ExportModel.id == export_id)
        row = await self._session.scalar(query.with_for_update() if locked else query)
        if row is None:
            raise NotFound(f"there is no export {export_id}")
        return row


def _withdraw(row: ExportModel, now: datetime) -> None:
    row.state, row.ended_at, row.problem = ExportState.DELETED.value, row.ended_at or now, _WITHDRAWN
    _forget_names(row)
    _forget(row, "taken", "erased")


def _forget(row: ExportModel, *names: str) -> None:
    """Which calls a person's package took, or must not have: they tell which are one person's."""
    row.filter = {name: value for name, value in row.filter.items() if name not in names}


def _forget_names(row: ExportModel) -> None:
    row.kek_id, row.names_key, row.names = "", None, None


def _value(row: ExportModel) -> StoredExport:
    found = value_of(row, StoredExport)
    return replace(found, kind=ExportKind(found.kind), state=ExportState(found.state))
