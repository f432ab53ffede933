"""Recordings below the blob root as they are read: encrypted ones, and those that have not been encrypted yet."""

import asyncio
import os
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from voiceagent.core.errors import NotFound
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.encrypted_file import EncryptedFile

ENCRYPTED_SUFFIX: Final = ".enc"


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
        """Raises Damaged for a file that was changed, OSError."""
        ...

    def close(self) -> None: ...


class StoredRecordings:
    """Opens recordings; `root` is the blob root."""

    def __init__(self, root: Path, keys: DataKeys) -> None:
        self._root = root.resolve()
        self._keys = keys

    async def open(self, recording: StoredSound) -> OpenRecording:
        """Whoever opens it closes it. Raises NotFound when the file or its key is gone, Damaged when the file was
        changed, Unavailable.
        """
        path = file_below(self._root, recording.path)
        if not recording.key_id:
            return await asyncio.to_thread(_open_plain, path)
        key = await self._keys.open(TenantId(recording.tenant_id), recording.key_id)
        return await asyncio.to_thread(lambda: EncryptedFile(_open(path), key, binding_of(recording, recording.key_id)))


def binding_of(recording: StoredSound, key_id: str) -> bytes:
    """What an encrypted recording is bound to: put in another's place, it does not open."""
    return f"recording|{recording.tenant_id}|{recording.call_id}|{recording.id}|{key_id}".encode()


def file_below(root: Path, path: str) -> Path:
    """The regular file at `path` below `root`, links resolved. Raises NotFound for anything that leads elsewhere."""
    try:
        found = (root / path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise NotFound("the recording's file is missing from the store") from error
    if not found.is_relative_to(root) or not found.is_file():
        raise NotFound("the recording's file is missing from the store")
    return found


class _PlainFile:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)

    def read(self, start: int, length: int) -> bytes:
        self._file.seek(start)
        return self._file.read(length)

    def close(self) -> None:
        self._file.close()


def _open_plain(path: Path) -> OpenRecording:
    return _PlainFile(_open(path))


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise NotFound("the recording's file is missing from the store") from error
