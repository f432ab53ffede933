"""Encrypts each recording once it is sealed. The job is entered with the row that says it is sealed.

The order of the steps makes a kill at any moment harmless: what was sealed stays readable under the name in its row
until the row names the encrypted file, which has been read back by then; only after that the plain file goes.
"""

import asyncio
import hashlib
import os
from pathlib import Path
from typing import Final

from sqlalchemy import Select, select
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
from voiceagent.records.models import RecordingModel
from voiceagent.records.values import Recording, value_of
from voiceagent.telephony.events import Recorded, RecordingSealed

ENCRYPT_RECORDING: Final = "encrypt_recording"


class EncryptionEntry:
    def __init__(self) -> None:
        self._queue = JobQueue()

    async def owe(self, connection: AsyncConnection, recorded: Recorded) -> None:
        """Enter the job when `recorded` seals a recording. Raises StoreUnavailable."""
        if isinstance(recorded.event, RecordingSealed):
            arguments = {"recording_id": recorded.event.recording_id}
            job = NewJob(task=ENCRYPT_RECORDING, tenant_id=recorded.tenant_id, arguments=arguments)
            await self._queue.enqueue(connection, job)


class RecordingEncryption:
    """What the job does. `root` is the blob root."""

    def __init__(self, engine: AsyncEngine, keys: DataKeys, root: Path, clock: Clock) -> None:
        self._engine = engine
        self._keys = keys
        self._root = root.resolve()
        self._clock = clock

    async def run(self, tenant_id: TenantId, recording_id: str) -> None:
        """Bears repetition. Raises NotFound when the file is not on this machine, Damaged when it is not what was
        sealed, Unavailable, OSError.
        """
        recording = await self._load(tenant_id, recording_id)
        if recording is None or recording.state != "sealed":  # deleted meanwhile
            return
        if recording.key_id:  # killed before the last step
            plain = recording.path.removesuffix(ENCRYPTED_SUFFIX)
            await asyncio.to_thread((self._root / plain).unlink, missing_ok=True)
            return
        key = await self._keys.make(tenant_id, CallId(recording.call_id), RetentionClass.AUDIO)
        plain_file = file_below(self._root, recording.path)
        encrypted = await asyncio.to_thread(_encrypt, plain_file, recording, key)
        if await self._move(recording, key):
            await asyncio.to_thread(plain_file.unlink, missing_ok=True)
        else:
            await asyncio.to_thread(encrypted.unlink, missing_ok=True)

    async def _load(self, tenant_id: TenantId, recording_id: str) -> Recording | None:
        with store_errors():
            async with AsyncSession(self._engine) as session:
                row = await session.scalar(_own(tenant_id, recording_id))
        return None if row is None else value_of(row, Recording)

    async def _move(self, recording: Recording, key: DataKey) -> bool:
        """Point the row to the encrypted file; False when it was deleted or moved meanwhile."""
        with store_errors():
            async with AsyncSession(self._engine) as session, session.begin():
                row = await session.scalar(_own(key.tenant_id, recording.id).with_for_update())
                if row is None or row.state != "sealed" or row.key_id:
                    return False
                await self._keys.keep(await session.connection(), key, self._clock.now())
                row.key_id, row.path = key.id, recording.path + ENCRYPTED_SUFFIX
        return True


def _own(tenant_id: TenantId, recording_id: str) -> Select[RecordingModel]:
    return select(RecordingModel).where(RecordingModel.tenant_id == tenant_id, RecordingModel.id == recording_id)


def _encrypt(plain: Path, recording: Recording, key: DataKey) -> Path:
    """The encrypted file beside the plain one: on the disk, and read back."""
    target, draft = plain.with_name(plain.name + ENCRYPTED_SUFFIX), plain.with_name(plain.name + ".partial")
    binding = binding_of(recording, key.id)
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
    with plain.open("rb") as source, os.fdopen(descriptor, "wb") as written:
        encrypt(source, written, key.secret, binding)
        written.flush()
        os.fsync(written.fileno())
    with EncryptedFile(draft.open("rb"), key.secret, binding) as again:
        if _sha256(again) != recording.sha256:
            draft.unlink()
            raise Damaged(f"the file of recording {recording.id} is not what was sealed: its SHA-256 is another one")
    draft.replace(target)
    folder = os.open(plain.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return target


def _sha256(file: EncryptedFile) -> str:
    digest = hashlib.sha256()
    for start in range(0, file.size, CHUNK_BYTES):
        digest.update(file.read(start, CHUNK_BYTES))
    return digest.hexdigest()
