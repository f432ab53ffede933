"""Exports from the installation that the settings name: its records, its recordings, its signing key."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import voiceagent
from voiceagent.apps.blobs import opened_blobs
from voiceagent.apps.database import reachable_database
from voiceagent.apps.shell_user import shell_user
from voiceagent.apps.wrapping_keys import opened_keys
from voiceagent.compliance.access_report import TAKEN
from voiceagent.compliance.exports.export import CallExport
from voiceagent.compliance.exports.request import ExportRequest, from_data, to_data
from voiceagent.compliance.exports.writer import PackageWriter
from voiceagent.compliance.signing_identity import SigningIdentity, load_or_make
from voiceagent.config.audit_keys import public_keys
from voiceagent.config.settings import Settings
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import BadInput, ConfigError, Conflict
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.audit.entry import INSTALLATION
from voiceagent.records.engine import create_engine
from voiceagent.records.unit_of_work import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A package that is there. `fingerprint` is what its receiver compares."""

    path: Path
    calls: int
    fingerprint: str


def export(
    settings: Settings, request: ExportRequest, folder: Path, *, progress: Callable[[int, int], None]
) -> Exported:
    """Write `export-<id>.zip` into `folder`. Raises BadInput, ConfigError, Conflict, NotFound, StoreUnavailable."""
    if request.subject is not None:  # whoever asks and how they are known is entered over the API
        raise BadInput("a person's data is exported over the API: voiceagent exports create dsar --number …")
    path = folder / f"export-{request.export_id}.zip"
    if path.exists():
        raise Conflict(f"{path} exists already; name another folder to have it made again")
    state = settings.state_dir.absolute()
    identity = load_or_make(state / "signing", f"voiceagent {request.organisation}"[:64], request.created_at)
    request = from_data(to_data(request))  # to the millisecond, as the manifest keeps it
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with reachable_database(settings) as url:
            calls = asyncio.run(_write(url, request, path, identity, settings, progress))
    except OSError as error:
        raise ConfigError(f"the package cannot be written to {folder}: {error.strerror or error}") from error
    return Exported(path=path, calls=calls, fingerprint=identity.fingerprint)


async def _write(
    url: str,
    request: ExportRequest,
    path: Path,
    identity: SigningIdentity,
    settings: Settings,
    progress: Callable[[int, int], None],
) -> int:
    engine, state = create_engine(url, pool_size=2), settings.state_dir.absolute()
    # One connection holds the snapshot, the other fetches keys of recordings
    try:
        async with opened_keys(settings) as keys, opened_blobs(settings) as blobs:
            recordings = StoredRecordings(blobs, DataKeys(engine, keys))
            calls = CallExport(Records(engine), recordings, audit_keys=public_keys(state))
            await _note(Records(engine), request)
            with PackageWriter(path, request, identity, version=voiceagent.__version__) as writer:
                return await calls.run(request, writer, progress=progress)
    finally:
        await engine.dispose()


async def _note(records: Records, request: ExportRequest) -> None:
    """Say in the audit log who takes what out, before anything is read: that it is asked for, and taken at once.

    `requester` of a package that is made again is who asked first. Where there is no such tenant it is the
    installation's: a log of nobody's would never be signed.
    """
    asked = to_data(request)
    requested = Act(
        action="export.requested",
        actor=Actor(kind="operator", auth="shell"),
        object_kind="export",
        object_id=request.export_id,
        details={**{name: value for name, value in asked.items() if name != "export_id"}, "made_by": shell_user()},
    )
    async with records.unit_of_work(request.tenant_id) as work:
        log = request.tenant_id if await work.tenants.exists(request.tenant_id) else INSTALLATION
    async with records.unit_of_work(log) as work:
        now = SystemClock().now()
        await work.audit.append(requested, now)
        await work.audit.append(replace(requested, action=TAKEN, details={"made_by": shell_user()}), now)
        await work.commit()
