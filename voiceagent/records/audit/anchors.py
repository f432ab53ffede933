"""Checkpoints outside of the database: files that only grow, one a log and day, for their owner only.

Whoever can write to the database cannot change them; whoever keeps copies elsewhere needs to trust neither.
"""

import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

_BLOCK: Final = re.compile(rb"(?:[^\n]+\n)+\n(?:\xe2\x80\x94 [^\n]+\n)+\n")  # a note, and an empty line behind it
_SUFFIX: Final = ".txt"


class DamagedAnchor(ValueError):
    """A file of anchors holds something else than checkpoints."""


class AnchorFiles:
    """`<folder>/<tenant>/<day>.txt`, each checkpoint followed by an empty line."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append(self, tenant_id: str, note: str, now: datetime) -> None:
        """Blocks until it is on the disk. Raises OSError."""
        folder = self._folder / _name_of(tenant_id)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{now.astimezone(UTC):%Y-%m-%d}{_SUFFIX}"
        is_new = not path.exists()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            written = file.read() or b""
            whole = sum(len(block) for block in _blocks(written))
            if whole < len(written) and _is_torn(written[whole:]):
                file.truncate(whole)  # a power cut came between; nothing was done that relied on it
            file.write(note.encode() + b"\n")
            os.fsync(file.fileno())
        if is_new:
            _sync_folder(folder)

    def notes(self, tenant_id: str) -> Sequence[str]:
        """All that were anchored, in order. Raises OSError, DamagedAnchor."""
        folder = self._folder / _name_of(tenant_id)
        if not folder.is_dir():
            return []
        return [note for path in sorted(folder.glob(f"*{_SUFFIX}")) for note in _notes_in(path)]

    def tenants(self) -> Sequence[str]:
        """Whose logs have anchors. Raises OSError."""
        if not self._folder.is_dir():
            return []
        return sorted(unquote(path.name) for path in self._folder.iterdir() if path.is_dir())


def _notes_in(path: Path) -> Sequence[str]:
    written = path.read_bytes()
    blocks = _blocks(written)
    rest = written[sum(len(block) for block in blocks) :]
    if rest and not _is_torn(rest):
        raise DamagedAnchor(f"{path} is damaged behind its checkpoint {len(blocks)}; take a copy of it from elsewhere")
    return [block[:-1].decode() for block in blocks]


def _blocks(written: bytes) -> Sequence[bytes]:
    blocks, place = [], 0
    while block := _BLOCK.match(written, place):
        blocks.append(block[0])
        place = block.end()
    return blocks


def _is_torn(rest: bytes) -> bool:
    """Whether it is the beginning of one checkpoint, cut off: more than one empty line there never is."""
    return rest.count(b"\n\n") <= 1


def _name_of(tenant_id: str) -> str:
    return quote(tenant_id, safe="").replace(".", "%2E")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
