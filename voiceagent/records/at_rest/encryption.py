"""Encrypts each recording once it is sealed. The job is entered with the row that says it is sealed.

The order of the steps makes a kill at any moment harmless: what was sealed stays readable under the name in its row
until the row names the encrypted file, which has been read back by then; only after that the plain file goes. A job may
run twice at once: each run writes a file of its own, and whoever moves the row puts theirs in place while it is locked.

A bucket takes long, and names each file by what is in it: there the file goes before the row is locked. What a killed
run left in a bucket goes with the last step of the run after it, or with the call.
"""

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from voiceagent.core.clock import Clock
from voiceagent.core.errors import Damaged
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.at_rest.data_keys import DataKey, DataKeys
from voiceagent.records.at_rest.encrypted_file import CHUNK_BYTES, EncryptedFile, encrypt
from voiceagent.records.at_rest.stored_recordings import binding_of
from voiceagent.records.base import RetentionClass
from voiceagent.records.blobs.folder_store import file_below
from voiceagent.records.blobs.kept_blobs import KeptBlobs
from voiceagent.records.blobs.s3_place import is_in_bucket
from voiceagent.records.blobs.store import ENCRYPTED_SUFFIX, Deleted
from voiceagent.records.engine import store_errors
from voiceagent.records.jobs.queue import JobQueue, NewJob
from voiceagent.records.models import ConsentClipModel, RecordingModel
from voiceagent.records.recording import relative_path
from voiceagent.telephony.events import ConsentAnswerKept, Recorded, RecordingSealed

ENCRYPT_RECORDING: Final = "encrypt_recording"
IsHeld = Callable[[TenantId, CallId], Awaitable[bool]]
_WHOLE: Final = ("sealed", "kept")  # of a recording, of a clip

_log = structlog.get_logger(__name__)


class EncryptionEntry:
    def __init__(self) -> None:
        self._queue = JobQueue()

    async def owe(self, connection: AsyncConnection, recorded: Recorded) -> None:
        """Enter the job when `recorded` finishes a recording or a clip. Raises StoreUnavailable."""
        event = recorded.event
        if not isinstance(event, RecordingSealed | ConsentAnswerKept):
            return
        arguments = {"recording_id": event.recording_id if isinstance(event, RecordingSealed) else event.clip_id}
        job = NewJob(task=ENCRYPT_RECORDING, tenant_id=recorded.tenant_id, arguments=arguments)
        await self._queue.enqueue(connection, job)


class RecordingEncryption:
    """What the job does. `is_held`: whether a legal hold is on the audio of a call."""

    def __init__(
        self, engine: AsyncEngine, keys: DataKeys, blobs: KeptBlobs, clock: Clock, is_held: IsHeld | None = None
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._blobs = blobs
        self._clock = clock
        self._is_held = is_held

    async def run(self, tenant_id: TenantId, row_id: str) -> None:
        """Of a recording or a clip. Bears repetition. Raises NotFound when the file is not on this machine, Damaged
        when it is not what was sealed, ConfigError, Unavailable, OSError.
        """
        sound = await self._load(tenant_id, row_id)
        if sound is None:
            return
        if sound.is_deleted:
            await self._forget(sound)
        elif sound.key_id:  # killed before the last step
            await self._finish(sound)
        else:
            await self._encrypt(tenant_id, sound)

    async def _encrypt(self, tenant_id: TenantId, sound: "_Sound") -> None:
        key = await self._keys.make(tenant_id, CallId(sound.call_id), RetentionClass.AUDIO)
        plain = file_below(self._blobs.root, sound.path)
        draft = await asyncio.to_thread(_encrypt, plain, sound, key)
        sent = ""
        if self._blobs.bucket is not None and self._blobs.sends:
            sent = await self._blobs.bucket.put(sound.path, draft)
        if place := await self._move(sound, key, draft, sent):
            await self._finish(replace(sound, path=place, key_id=key.id))
        else:
            await asyncio.to_thread(draft.unlink, missing_ok=True)
            if sent:
                _told(await self._blobs.delete([sent]))

    async def _load(self, tenant_id: TenantId, row_id: str) -> "_Sound | None":
        with store_errors():
            async with AsyncSession(self._engine) as session:
                row = await _find(session, tenant_id, row_id)
        if row is None:
            return None
        sealed_at = row.sealed_at if isinstance(row, RecordingModel) else row.at
        return _Sound(
            id=row.id,
            call_id=row.call_id,
            tenant_id=row.tenant_id,
            path=row.path,
            sha256=row.sha256,
            key_id=row.key_id,
            sealed_at=sealed_at or self._clock.now(),
            is_deleted=row.state not in _WHOLE,
        )

    async def _move(self, sound: "_Sound", key: DataKey, draft: Path, sent: str) -> str:
        """Point the row to the encrypted file, which was sent there or is put into the folder now: its place.

        "" when the recording was deleted or moved meanwhile.
        """
        with store_errors():
            async with AsyncSession(self._engine) as session, session.begin():
                row = await _find(session, key.tenant_id, sound.id)
                if row is None or row.key_id or row.state not in _WHOLE:
                    return ""
                await self._keys.keep(await session.connection(), key, self._clock.now())
                place = sent or await self._blobs.folder.put(sound.path, draft)
                row.key_id, row.path = key.id, place
        return place

    async def _finish(self, sound: "_Sound") -> None:
        """Lock it, put it under the hold that its call is under, and remove all but it: the plain file last."""
        plain = sound.path.removesuffix(ENCRYPTED_SUFFIX)
        if is_in_bucket(sound.path):
            plain = relative_path(CallId(sound.call_id), sound.id).as_posix()
            store, rule = self._blobs.store_of(sound.path), self._blobs.rule
            if rule is not None and (until := sound.sealed_at + rule.length) > self._clock.now():
                await store.lock(sound.path, rule.mode, until)
            if self._is_held is not None and await self._is_held(TenantId(sound.tenant_id), CallId(sound.call_id)):
                await store.hold(sound.path, on=True)
            _told(await store.delete([f"{plain}."], but=sound.path))
        await asyncio.to_thread(_tidy, self._blobs.root / plain)

    async def _forget(self, sound: "_Sound") -> None:
        """It was deleted while an attempt of ours was under way, which may have been killed."""
        if self._blobs.bucket is not None:
            plain = relative_path(CallId(sound.call_id), sound.id).as_posix()
            _told(await self._blobs.bucket.delete([f"{plain}."]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sound:
    """What both kinds of rows have."""

    id: str
    call_id: str
    tenant_id: str
    path: str
    sha256: str
    key_id: str
    sealed_at: datetime
    is_deleted: bool


async def _find(session: AsyncSession, tenant_id: TenantId, row_id: str) -> RecordingModel | ConsentClipModel | None:
    """The row, locked. Ids of the two tables begin differently."""
    recording = select(RecordingModel).where(RecordingModel.tenant_id == tenant_id, RecordingModel.id == row_id)
    clip = select(ConsentClipModel).where(ConsentClipModel.tenant_id == tenant_id, ConsentClipModel.id == row_id)
    return await session.scalar(recording.with_for_update()) or (await session.scalar(clip.with_for_update()))


def _encrypt(plain: Path, sound: _Sound, key: DataKey) -> Path:
    """The encrypted file beside the plain one, under a name of its own: on the disk, and read back."""
    draft = plain.with_name(f"{plain.name}.{key.id}.partial")
    binding = binding_of(sound, key.id)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
    with plain.open("rb") as source, os.fdopen(descriptor, "wb") as written:
        encrypt(source, written, key.secret, binding)
        written.flush()
        os.fsync(written.fileno())
    with EncryptedFile(draft.open("rb"), key.secret, binding) as again:
        if _sha256(again) != sound.sha256:
            draft.unlink()
            raise Damaged(f"the file of {sound.id} is not what was sealed: its SHA-256 is another one")
    return draft


def _tidy(plain: Path) -> None:
    """Remove the plain file, and what interrupted runs left beside it."""
    plain.unlink(missing_ok=True)
    for draft in plain.parent.glob(f"{plain.name}.*partial"):
        draft.unlink(missing_ok=True)


def _told(done: Deleted) -> None:
    """Nothing has the key to what a lock keeps of an attempt; it goes with the call."""
    for stem, lock in done.locked.items():
        _log.warning("a part of an interrupted encryption is locked", stem=stem, kind=lock.kind, until=lock.until)


def _sha256(file: EncryptedFile) -> str:
    digest = hashlib.sha256()
    for start in range(0, file.size, CHUNK_BYTES):
        digest.update(file.read(start, CHUNK_BYTES))
    return digest.hexdigest()
