"""Encrypts each recording once it is sealed. The job is entered with the row that says it is sealed.

The order of the steps makes a kill at any moment harmless: what was sealed stays readable under the name in its row
until the row names the encrypted file, which has been read back by then; only after that the plain file goes. A job may
run twice at once: each run writes a file of its own, and whoever moves the row puts theirs in place while it is locked.
"""

import asyncio
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from voiceagent.core.clock import Clock
from voiceagent.core.errors import Damaged
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.at_rest.data_keys import DataKey, DataKeys
from voiceagent.records.at_rest.encrypted_file import CHUNK_BYTES, EncryptedFile, encrypt
from voiceagent.records.at_rest.stored_recordings import ENCRYPTED_SUFFIX, binding_of, file_below
from voiceagent.records.base import RetentionClass
from voiceagent.records.engine import store_errors
from voiceagent.records.jobs.queue import JobQueue, NewJob
from voiceagent.records.models import ConsentClipModel, RecordingModel
from voiceagent.records.values import value_of
from voiceagent.telephony.events import ConsentAnswerKept, Recorded, RecordingSealed

ENCRYPT_RECORDING: Final = "encrypt_recording"


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
    """What the job does. `root` is the blob root."""

    def __init__(self, engine: AsyncEngine, keys: DataKeys, root: Path, clock: Clock) -> None:
        self._engine = engine
        self._keys = keys
        self._root = root.resolve()
        self._clock = clock

    async def run(self, tenant_id: TenantId, row_id: str) -> None:
        """Of a recording or a clip. Bears repetition. Raises NotFound when the file is not on this machine, Damaged
        when it is not what was sealed, Unavailable, OSError.
        """
        sound = await self._load(tenant_id, row_id)
        if sound is None:  # deleted meanwhile
            return
        if sound.key_id:  # killed before the last step
            plain = sound.path.removesuffix(ENCRYPTED_SUFFIX)
            await asyncio.to_thread((self._root / plain).unlink, missing_ok=True)
            return
        key = await self._keys.make(tenant_id, CallId(sound.call_id), RetentionClass.AUDIO)
        plain_file = file_below(self._root, sound.path)
        draft = await asyncio.to_thread(_encrypt, plain_file, sound, key)
        if await self._move(sound, key, draft):
            await asyncio.to_thread(_tidy, plain_file)
        else:
            await asyncio.to_thread(draft.unlink, missing_ok=True)

    async def _load(self, tenant_id: TenantId, row_id: str) -> "_Sound | None":
        with store_errors():
            async with AsyncSession(self._engine) as session:
                row = await _find(session, tenant_id, row_id)
        return None if row is None else value_of(row, _Sound)

    async def _move(self, sound: "_Sound", key: DataKey, draft: Path) -> bool:
        """Put the encrypted file in place and point the row to it; False when it was deleted or moved meanwhile."""
        with store_errors():
            async with AsyncSession(self._engine) as session, session.begin():
                row = await _find(session, key.tenant_id, sound.id)
                if row is None or row.key_id:
                    return False
                await self._keys.keep(await session.connection(), key, self._clock.now())
                row.key_id, row.path = key.id, sound.path + ENCRYPTED_SUFFIX
                await asyncio.to_thread(_put_in_place, draft, (self._root / row.path).name)
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sound:
    """What both kinds of rows have."""

    id: str
    call_id: str
    tenant_id: str
    path: str
    sha256: str
    key_id: str


async def _find(session: AsyncSession, tenant_id: TenantId, row_id: str) -> RecordingModel | ConsentClipModel | None:
    """The row, locked, unless its file is to go. Ids of the two tables begin differently."""
    recording = select(RecordingModel).where(RecordingModel.tenant_id == tenant_id, RecordingModel.id == row_id)
    clip = select(ConsentClipModel).where(ConsentClipModel.tenant_id == tenant_id, ConsentClipModel.id == row_id)
    return await session.scalar(recording.where(RecordingModel.state == "sealed").with_for_update()) or (
        await session.scalar(clip.where(ConsentClipModel.state == "kept").with_for_update())
    )


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


def _put_in_place(draft: Path, name: str) -> None:
    draft.replace(draft.with_name(name))
    folder = os.open(draft.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _tidy(plain: Path) -> None:
    """Remove the plain file, and what interrupted runs left beside it."""
    plain.unlink(missing_ok=True)
    for draft in plain.parent.glob(f"{plain.name}.*partial"):
        draft.unlink(missing_ok=True)


def _sha256(file: EncryptedFile) -> str:
    digest = hashlib.sha256()
    for start in range(0, file.size, CHUNK_BYTES):
        digest.update(file.read(start, CHUNK_BYTES))
    return digest.hexdigest()
