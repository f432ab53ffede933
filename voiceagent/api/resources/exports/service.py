"""Exports of the principal's tenant."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.api.resources.exports.schemas import NewExport
from voiceagent.api.standing import scopes_now
from voiceagent.compliance.canonical import rfc3339
from voiceagent.compliance.erasure.names import is_told_in, tidy
from voiceagent.compliance.exports.links import LINK_REFUSED, DownloadLink, opened_link, query_of
from voiceagent.compliance.exports.package_store import OpenPackage, PackageStore
from voiceagent.compliance.exports.request import NO_PARQUET, parquet_is_there
from voiceagent.compliance.roles import scope_of_export
from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput, Conflict, Forbidden, Unauthorised
from voiceagent.core.ids import CallId, new_id
from voiceagent.records.erasing.sealed_names import SealedNames
from voiceagent.records.export_values import (
    CANCEL_WINDOW,
    MOST_ALONE,
    ExportKind,
    ExportState,
    StoredExport,
    needs_approval,
)
from voiceagent.records.repositories.dossiers import CallRange
from voiceagent.records.unit_of_work import Records


class ExportService:
    """`link_key` signs links; see `compliance.exports.links`. `names` seals the numbers of a person.

    `home`: the country of numbers that are written without one, "" when it is not known. `cancel_window`: how long a
    person's package is kept back.
    """

    def __init__(
        self,
        *,
        records: Records,
        packages: PackageStore,
        link_key: bytes,
        names: SealedNames,
        clock: Clock,
        home: str = "",
        cancel_window: timedelta = CANCEL_WINDOW,
    ) -> None:
        self._cancel_window = cancel_window
        self._home = home
        self._records = records
        self._names = names
        self._packages = packages
        self._link_key = link_key
        self._clock = clock

    async def ask(self, principal: Principal, new: NewExport) -> StoredExport:
        """Noted in the same transaction, so before anything is read.

        Raises BadInput, NotFound, Forbidden, TooManyRequests, Unavailable.
        """
        _check_may_have(principal, new.kind, media=new.media)
        if new.parquet and not parquet_is_there():
            raise BadInput(NO_PARQUET)
        now, export_id = self._clock.now(), new_id("exp")
        if new.received_at is not None and new.received_at > now:
            raise BadInput("received_at lies in the future; give the time at which the person asked")
        asked = _filter_of(new, now, new.organisation or principal.tenant_id, opens_at=now + self._cancel_window)
        sealed = None
        if new.filter.subject is not None:
            numbers = [tidy(one, self._home) for one in new.filter.subject.numbers]
            if any(is_told_in(one, text) for one in numbers for text in (new.purpose, new.organisation)):
                raise BadInput(
                    "leave their number out of purpose and organisation: both are kept and told in the clear"
                )
            sealed = await self._names.seal(principal.tenant_id, export_id, numbers, new.filter.subject.call_ids)
        async with self._records.unit_of_work(principal.tenant_id) as work:
            if new.filter.call_id:
                await work.calls.get(CallId(new.filter.call_id))
            elif (
                sealed is None
                and not needs_approval(new.kind)
                and await work.dossiers.are_more_than(MOST_ALONE, _range_of(asked))
            ):
                raise BadInput(
                    f"more than {MOST_ALONE} calls are a bulk export: ask for kind bulk, which somebody else approves"
                )
            export = await work.exports.ask(
                kind=new.kind,
                filter_=asked,
                purpose=new.purpose,
                by=principal.holder,
                now=now,
                export_id=export_id,
                sealed=sealed,
            )
            told = {"export_kind": new.kind.value, "purpose": new.purpose, **asked}
            await work.audit.append(act_of(principal, "export.requested", "export", export.id, **told), now)
            await work.commit()
        return export

    async def approve(self, principal: Principal, export_id: str) -> StoredExport:
        """Raises NotFound, Conflict, Forbidden, TooManyRequests."""
        now = self._clock.now()
        async with self._records.unit_of_work(principal.tenant_id) as work:
            export = await work.exports.approve(export_id, by=principal.holder, now=now)
            _check_may_have_this(principal, export)
            await work.audit.append(act_of(principal, "export.approved", "export", export_id), now)
            await work.commit()
        return export

    async def list(self, principal: Principal, *, limit: int, before: str) -> Sequence[StoredExport]:
        """Newest first."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.exports.list(limit=limit, before=before)

    async def get(self, principal: Principal, export_id: str) -> StoredExport:
        """Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.exports.get(export_id)

    async def delete(self, principal: Principal, export_id: str) -> None:
        """The package is not offered any more, then its file goes. Raises NotFound, Forbidden."""
        now = self._clock.now()
        async with self._records.unit_of_work(principal.tenant_id) as work:
            _check_may_have_this(principal, await work.exports.delete(export_id, now))
            await work.audit.append(act_of(principal, "export.deleted", "export", export_id), now)
            await work.commit()
        # What a job still writes, or a kill leaves here, the hourly run takes away
        await asyncio.to_thread(self._packages.remove_all, principal.tenant_id, {export_id})

    async def link(self, principal: Principal, export_id: str, lifetime: timedelta) -> tuple[dict[str, str], datetime]:
        """The query of a link to the package, and until when it opens. Raises NotFound, Conflict, Forbidden."""
        now = self._clock.now()
        until = (now + lifetime).astimezone(UTC).replace(microsecond=0)
        async with self._records.unit_of_work(principal.tenant_id) as work:
            export = await work.exports.get(export_id)
            _check_may_have_this(principal, export)
            if export.state is not ExportState.READY:
                raise Conflict(f"export {export_id} has no package to link to")
            _check_open(export, now)
            told = {"until": rfc3339(until)}
            await work.audit.append(act_of(principal, "export.link_made", "export", export_id, **told), now)
            await work.commit()
        link = DownloadLink(tenant_id=principal.tenant_id, export_id=export_id, by=principal.id, until=until)
        return query_of(link, self._link_key), until

    async def open_link(
        self, export_id: str, *, tenant: str, by: str, until: int, signature: str
    ) -> tuple[DownloadLink, frozenset[str]]:
        """The link, and what whoever made it opens today. Raises Unauthorised, the same for one who is shut out."""
        now = self._clock.now()
        link = opened_link(
            export_id=export_id, tenant=tenant, by=by, until=until, signature=signature, key=self._link_key, now=now
        )
        async with self._records.unit_of_work(link.tenant_id) as work:
            scopes = await scopes_now(work, link.by, now)
        if not scopes:
            raise Unauthorised(LINK_REFUSED)
        return link, scopes

    async def download(
        self, principal: Principal, export_id: str, *, via: str, byte_range: str
    ) -> tuple[StoredExport, OpenPackage]:
        """The package, which the caller closes, once it is noted who takes it. Raises NotFound, Conflict, Forbidden."""
        now = self._clock.now()
        async with self._records.unit_of_work(principal.tenant_id) as work:
            export = await work.exports.note_download(export_id, by=principal.id, via=via, now=now)
            _check_may_have_this(principal, export)
            _check_open(export, now)
            package = await asyncio.to_thread(self._packages.open, principal.tenant_id, export_id)
            try:
                told = {"via": via, "bytes": byte_range or "all", "manifest_sha256": export.manifest_sha256}
                await work.audit.append(act_of(principal, "export.downloaded", "export", export_id, **told), now)
                await work.commit()
            except BaseException:
                package.close()
                raise
        return export, package


def _check_may_have_this(principal: Principal, export: StoredExport) -> None:
    _check_may_have(principal, export.kind, media=bool(export.filter["media"]))


def _check_open(export: StoredExport, now: datetime) -> None:
    """An impostor who was believed does not have it before the person has heard of it."""
    if export.opens_at is not None and now < export.opens_at:
        raise Conflict(
            f"export {export.id} may be taken from {rfc3339(export.opens_at)} on: tell the person now that their data "
            f"was asked for ({export.filter['subject'].get('deliver_by')}), and delete it if it was not them"
        )


def _check_may_have(principal: Principal, kind: ExportKind, *, media: bool) -> None:
    needed = scope_of_export(kind, media=media)
    if needed not in principal.scopes:
        less = "; without recordings (media=false) less is needed" if media and kind is not ExportKind.DSAR else ""
        raise Forbidden(f"an export of this kind needs the scope {needed}{less}")


def _range_of(asked: Mapping[str, Any]) -> CallRange:
    since = datetime.fromisoformat(asked["since"]) if asked["since"] else None
    return CallRange(since=since, until=datetime.fromisoformat(asked["until"]))


def _filter_of(new: NewExport, now: datetime, organisation: str, *, opens_at: datetime) -> dict[str, Any]:
    """As in the manifest of a package; the end is fixed, so that every attempt reads the same calls.

    Of a person only how many names there are: those are sealed.
    """
    subject = new.filter.subject
    about = None
    if subject is not None and new.identity_check is not None and new.deliver_by is not None:
        about = {
            "numbers": len(subject.numbers),
            "call_ids": len(subject.call_ids),
            "identity_check": new.identity_check.value,
            "received_at": rfc3339(new.received_at or now),
            "mask_other_voices": new.mask_other_voices,
            "deliver_by": new.deliver_by.value,
            "opens_at": rfc3339(opens_at),
        }
    return {
        "organisation": organisation,
        "since": rfc3339(new.filter.since) if new.filter.since else None,
        "until": rfc3339(min(new.filter.until or now, now)),
        "call_id": new.filter.call_id or None,
        "media": new.media,
        "vcon_profile": new.vcon_profile.value,
        **({} if about is None else {"subject": about}),
        **({"parquet": True} if new.parquet else {}),
        **({"mute_masked": True} if new.mute_masked else {}),
    }
