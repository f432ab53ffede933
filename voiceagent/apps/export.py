"""Exports from the installation that the settings name: its records, its recordings, its signing key."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import voiceagent
from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.compliance.exports.export import export_calls
from voiceagent.compliance.exports.request import ExportRequest, from_data, to_data
from voiceagent.compliance.exports.writer import PackageWriter
from voiceagent.compliance.signing_identity import SigningIdentity, load_or_make
from voiceagent.config.settings import Settings
from voiceagent.core.errors import ConfigError, Conflict
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
    """Write `export-<id>.zip` into `folder`. Raises ConfigError, Conflict, NotFound, StoreUnavailable."""
    path = folder / f"export-{request.export_id}.zip"
    if path.exists():
        raise Conflict(f"{path} exists already; name another folder to have it made again")
    state = settings.state_dir.absolute()
    identity = load_or_make(state / "signing", f"voiceagent {request.organisation}"[:64], request.created_at)
    request = from_data(to_data(request))  # to the millisecond, as the manifest keeps it
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _database(settings, state) as url:
            calls = asyncio.run(_write(url, request, path, identity, state / "recordings", progress))
    except OSError as error:
        raise ConfigError(f"the package cannot be written to {folder}: {error.strerror or error}") from error
    return Exported(path=path, calls=calls, fingerprint=identity.fingerprint)


@contextmanager
def _database(settings: Settings, state: Path) -> Iterator[str]:
    if settings.database_url:
        yield settings.database_url
        return
    server = EmbeddedPostgres(state)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


async def _write(
    url: str,
    request: ExportRequest,
    path: Path,
    identity: SigningIdentity,
    recordings: Path,
    progress: Callable[[int, int], None],
) -> int:
    engine = create_engine(url, pool_size=1)
    try:
        async with Records(engine).unit_of_work(request.tenant_id) as work:
            with PackageWriter(path, request, identity, recordings, version=voiceagent.__version__) as writer:
                return await export_calls(work, request, writer, progress=progress)
    finally:
        await engine.dispose()
