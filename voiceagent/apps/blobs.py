"""Where recordings of this installation lie, made from the settings; and doctor's look at it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from voiceagent.apps.finding import Finding
from voiceagent.config.blob_settings import S3Settings
from voiceagent.config.settings import Settings
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import VoiceagentError
from voiceagent.records.blobs.folder_store import FolderStore
from voiceagent.records.blobs.kept_blobs import KeptBlobs
from voiceagent.records.blobs.s3_client import BotoS3
from voiceagent.records.blobs.s3_store import S3Store
from voiceagent.records.blobs.store import Capabilities, LockMode

_WHAT: Final = "recordings"
_log = structlog.get_logger(__name__)
_PAGE: Final = "docs/how-to/keep-recordings-in-a-bucket.md"


@asynccontextmanager
async def opened_blobs(settings: Settings) -> AsyncIterator[KeptBlobs]:
    """Nobody is asked before a recording is. Raises ConfigError, also for an extra that is not installed."""
    folder = FolderStore(settings.state_dir.absolute() / "recordings")
    s3 = settings.blobs.s3
    if s3 is None:
        yield KeptBlobs(folder=folder)
        return
    bucket = _store_of(s3)
    rule = None if s3.lock is None else s3.lock.rule
    try:
        yield KeptBlobs(folder=folder, bucket=bucket, sends=settings.blobs.store == "s3", rule=rule)
    finally:
        bucket.close()


def check_blobs(settings: Settings) -> list[Finding]:
    """Whether a bucket keeps what it is given, and what it does not let go of: tried on an object of its own."""
    s3 = settings.blobs.s3
    if s3 is None:
        found = f"{settings.state_dir / 'recordings'}; object lock: none, a folder has no locks"
        return [Finding(what=_WHAT, ok=True, found=found)]
    where = f"s3://{s3.bucket}/{s3.prefix} " + (f"at {s3.endpoint}" if s3.endpoint else f"in {s3.region}")
    mode = LockMode.GOVERNANCE if s3.lock is None else s3.lock.mode
    try:
        seen = asyncio.run(_probed(s3, mode))
    except VoiceagentError as error:
        return [Finding(what=_WHAT, ok=False, found=where, remedy=f"compare `blobs` with {_PAGE}: {error}")]
    told = f"{where}: {_told(seen)}"
    if s3.lock is not None and seen.locks is not s3.lock.mode:
        remedy = f"`blobs.s3.lock` wants locks in {s3.lock.mode} mode, which were not seen to hold: {_PAGE}"
        return [Finding(what=_WHAT, ok=False, found=told, remedy=remedy)]
    return [Finding(what=_WHAT, ok=True, found=told)]


async def note_bucket(settings: Settings) -> None:
    """Say in the log what the bucket was seen to do, as `doctor` does: what it locks is not assumed when we start."""
    if settings.blobs.s3 is None:
        return
    for finding in await asyncio.to_thread(check_blobs, settings):
        if finding.ok:
            _log.info("bucket tried", found=finding.found)
        else:
            _log.error("bucket does not do what the settings want", found=finding.found, remedy=finding.remedy)


def _told(seen: Capabilities) -> str:
    """What was seen, and nothing else."""
    versions = "keeps versions" if seen.versioned else "keeps no versions"
    locks = f"object lock: proven in {seen.locks} mode" if seen.locks else f"object lock: not proven ({seen.why_not})"
    return f"{versions}; {locks}; legal holds: {'proven' if seen.holds else 'not proven'}"


async def _probed(s3: S3Settings, mode: LockMode) -> Capabilities:
    store = _store_of(s3)
    try:
        return await store.capabilities(mode)
    finally:
        store.close()


def _store_of(s3: S3Settings) -> S3Store:
    client = BotoS3(s3.bucket, s3.region, endpoint=s3.endpoint, ca_file=s3.ca_file)
    return S3Store(client, prefix=s3.prefix, clock=SystemClock())
