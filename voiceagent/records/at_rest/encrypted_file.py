"""A file of ours that is encrypted: chunks that can be read in any order, and cannot be changed, swapped or cut off.

STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance",
2015, section 7) over AES-256-GCM: a header of 8 bytes of magic and 7 random ones, then chunks of 64 KiB, each with its
tag of 16 bytes. The nonce of a chunk is the random bytes, its number (4 bytes) and whether it is the last (1 byte).
Header and `binding`, the name of what is in the file, are authenticated with every chunk.
"""

import os
from contextlib import ExitStack
from types import TracebackType
from typing import BinaryIO, Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from voiceagent.core.errors import Damaged

KEY_BYTES: Final = 32
CHUNK_BYTES: Final = 65_536
_MAGIC: Final = b"VAENC\x00\x00\x01"
_PREFIX_BYTES: Final = 7
_HEADER_BYTES: Final = len(_MAGIC) + _PREFIX_BYTES
_TAG_BYTES: Final = 16
_STORED_BYTES: Final = CHUNK_BYTES + _TAG_BYTES


def encrypt(source: BinaryIO, target: BinaryIO, key: bytes, binding: bytes) -> None:
    """Write all of `source` to `target`. A key is for one file only. Both block: use it off the event loop."""
    cipher, prefix = AESGCM(key), os.urandom(_PREFIX_BYTES)
    header = _MAGIC + prefix
    target.write(header)
    number, chunk = 0, source.read(CHUNK_BYTES)
    while True:
        following = source.read(CHUNK_BYTES)
        target.write(cipher.encrypt(_nonce(prefix, number, last=not following), chunk, header + binding))
        if not following:
            return
        number, chunk = number + 1, following


class EncryptedFile:
    """Reads such a file; takes `file` over and closes it.

    Opening reads the last chunk, so that a file that was cut off is refused before any of it is believed.
    """

    def __init__(self, file: BinaryIO, key: bytes, binding: bytes) -> None:
        """Raises Damaged for a file that is none of ours, of another binding or key, or not whole."""
        self._file = file
        self._cipher = AESGCM(key)
        with ExitStack() as unless_it_opens:
            unless_it_opens.callback(file.close)
            header = _header_of(file)
            self._prefix = header[len(_MAGIC) :]
            self._authenticated = header + binding
            stored = file.seek(0, os.SEEK_END) - _HEADER_BYTES
            self._chunks = max(1, -(-stored // _STORED_BYTES))
            self.size = stored - self._chunks * _TAG_BYTES
            self._chunk(self._chunks - 1)
            unless_it_opens.pop_all()

    def read(self, start: int, length: int) -> bytes:
        """`length` plain bytes from `start` on; fewer at the end. Raises Damaged for a chunk that was changed."""
        end = min(start + length, self.size)
        if start >= end:
            return b""
        first = start // CHUNK_BYTES
        plain = b"".join(self._chunk(number) for number in range(first, -(-end // CHUNK_BYTES)))
        return plain[start - first * CHUNK_BYTES : end - first * CHUNK_BYTES]

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _chunk(self, number: int) -> bytes:
        self._file.seek(_HEADER_BYTES + number * _STORED_BYTES)
        stored = self._file.read(_STORED_BYTES)
        nonce = _nonce(self._prefix, number, last=number == self._chunks - 1)
        try:
            return self._cipher.decrypt(nonce, stored, self._authenticated)
        except (InvalidTag, ValueError) as error:
            raise Damaged(
                f"chunk {number} of the encrypted file was changed or cut off, or it is another one's file"
            ) from error


def _header_of(file: BinaryIO) -> bytes:
    header = file.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise Damaged("the file is not one that voiceagent encrypted")
    return header


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])
