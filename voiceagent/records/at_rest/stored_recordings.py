"""Recordings as they are read: encrypted ones, wherever they lie, and those that have not been encrypted yet."""

import asyncio
import os
from typing import BinaryIO, Protocol

from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.encrypted_file import EncryptedFile
from voiceagent.records.blobs.kept_blobs import KeptBlobs


class StoredSound(Protocol):
    """A row with a file: a recording, or a clip of a consent."""

    @property
    def id(self) -> str: ...
    @property
    def call_id(self) -> str: ...
    @property
    def tenant_id(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def key_id(self) -> str: ...


class OpenRecording(Protocol):
    """A WAV file of `size` bytes. Reading blocks: use it off the event loop."""

    @property
    def size(self) -> int: ...

    def read(self, start: int, length: int) -> bytes:
        """Raises Damaged for a file that was changed, OSError, Unavailable."""
        ...

    def close(self) -> None: ...


class StoredRecordings:
    """Opens recordings."""

    def __init__(self, blobs: KeptBlobs, keys: DataKeys) -> None:
        self._blobs = blobs
        self._keys = keys

    async def open(self, recording: StoredSound) -> OpenRecording:
        """Whoever opens it closes it. Raises NotFound when the file or its key is gone, Damaged when the file was
        changed, Unavailable, ConfigError.
        """
        if not recording.key_id:
            return _PlainFile(await self._blobs.open(recording.path))
        key = await self._keys.open(TenantId(recording.tenant_id), recording.key_id)
        file = await self._blobs.open(recording.path)
        return await asyncio.to_thread(EncryptedFile, file, key, binding_of(recording, recording.key_id))


def binding_of(recording: StoredSound, key_id: str) -> bytes:
    """What an encrypted recording is bound to: put in another's place, it does not open."""
    return f"recording|{recording.tenant_id}|{recording.call_id}|{recording.id}|{key_id}".encode()


class _PlainFile:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)

    def read(self, start: int, length: int) -> bytes:
        self._file.seek(start)
        return self._file.read(length)

    def close(self) -> None:
        self._file.close()
