"""Wrapping keys in files of their own, `<folder>/<tenant>/<kek id>.key`, for the owner only: for one machine.

They are no part of a backup of the database, and must not be: who has both can undo an erasure.
"""

import asyncio
import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from voiceagent.core.errors import ConfigError, Damaged, NotFound, Unavailable
from voiceagent.core.ids import TenantId, new_id
from voiceagent.records.at_rest.encrypted_file import KEY_BYTES
from voiceagent.records.at_rest.keys import WrappedKey, plain_name
from voiceagent.records.owner_file import check_nobody_else_reads, make_once

_NONCE_BYTES: Final = 12  # random: a wrapping key wraps far fewer than 2^32 keys (NIST SP 800-38D, 8.3)


class LocalKeys:
    """A `KeyProvider` on files. `folder` is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def wrap(self, tenant_id: TenantId, key: bytes, binding: bytes) -> WrappedKey:
        """Raises Unavailable when the folder cannot be written, ConfigError when others can read the key."""
        return await asyncio.to_thread(self._wrap, tenant_id, key, binding)

    async def unwrap(self, tenant_id: TenantId, wrapped: WrappedKey, binding: bytes) -> bytes:
        """Raises NotFound, Damaged, ConfigError, Unavailable."""
        return await asyncio.to_thread(self._unwrap, tenant_id, wrapped, binding)

    async def rotate(self, tenant_id: TenantId) -> str:
        """Raises Unavailable."""
        return await asyncio.to_thread(self._make, self._of(tenant_id))

    def _wrap(self, tenant_id: TenantId, key: bytes, binding: bytes) -> WrappedKey:
        folder = self._of(tenant_id)
        kek_id = max((path.stem for path in folder.glob("*.key")), default="") or self._make(folder)  # ids sort by age
        nonce = os.urandom(_NONCE_BYTES)
        return WrappedKey(kek_id=kek_id, wrapped=nonce + AESGCM(_read(folder, kek_id)).encrypt(nonce, key, binding))

    def _unwrap(self, tenant_id: TenantId, wrapped: WrappedKey, binding: bytes) -> bytes:
        cipher = AESGCM(_read(self._of(tenant_id), wrapped.kek_id))
        try:
            return cipher.decrypt(wrapped.wrapped[:_NONCE_BYTES], wrapped.wrapped[_NONCE_BYTES:], binding)
        except (InvalidTag, ValueError) as error:
            raise Damaged(f"the data key was not wrapped by {wrapped.kek_id} under this name") from error

    def _of(self, tenant_id: TenantId) -> Path:
        return self._folder / plain_name(tenant_id)

    def _make(self, folder: Path) -> str:
        kek_id = new_id("kek")
        try:
            make_once(folder / f"{kek_id}.key", secrets.token_bytes(KEY_BYTES), mode=0o400)
        except OSError as error:
            raise Unavailable(f"no key can be made in {folder}: {error.strerror}") from error
        return kek_id


def _read(folder: Path, kek_id: str) -> bytes:
    path = folder / f"{plain_name(kek_id)}.key"
    try:
        check_nobody_else_reads(path, "and change the key")
        key = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"the wrapping key {path} is gone, and all that it wrapped with it") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}") from error
    if len(key) != KEY_BYTES:
        raise ConfigError(f"{path} is damaged: put it back from its backup")
    return key
