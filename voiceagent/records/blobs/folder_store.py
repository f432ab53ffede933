"""Files below one folder of this machine. It knows no locks: whoever may write there may delete."""

import asyncio
import os
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from voiceagent.core.errors import ConfigError, NotFound
from voiceagent.records.blobs.store import ENCRYPTED_SUFFIX, Capabilities, Deleted, LockMode


class FolderStore:
    """A `BlobStore`. A place is the path below `root`; a name that is put again is replaced."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    async def put(self, name: str, file: Path) -> str:
        """`file` is on the same file system. Raises OSError."""
        place = name + ENCRYPTED_SUFFIX
        await asyncio.to_thread(_put_in_place, file, self.root / place)
        return place

    async def open(self, place: str) -> BinaryIO:
        """Raises NotFound, OSError."""
        return await asyncio.to_thread(_open, self.root, place)

    async def delete(self, stems: Collection[str], *, but: str = "") -> Deleted:
        """All names go before the first folder is synced: file systems write them as one. Raises OSError."""
        return Deleted(files=await asyncio.to_thread(_delete, self.root, stems, but))

    async def lock(self, place: str, mode: LockMode, until: datetime) -> None:
        """Raises ConfigError: it cannot."""
        raise ConfigError(f"a folder cannot lock {place} in {mode} mode until {until}: keep sound in a bucket that can")

    async def hold(self, place: str, *, on: bool) -> bool:  # noqa: ARG002 - the protocol's
        """False: what is held is not deleted by us, and that is all."""
        return False

    async def capabilities(self, mode: LockMode = LockMode.GOVERNANCE) -> Capabilities:
        """Nothing that stops a deletion."""
        return Capabilities(why_not=f"a folder has no locks, in {mode} mode or any other")

    def name_of(self, place: str) -> str:
        return place.removesuffix(ENCRYPTED_SUFFIX)


def file_below(root: Path, path: str) -> Path:
    """The regular file at `path` below `root`, links resolved. Raises NotFound for anything that leads elsewhere."""
    try:
        found = (root / path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise NotFound("the recording's file is missing from the store") from error
    if not found.is_relative_to(root) or not found.is_file():
        raise NotFound("the recording's file is missing from the store")
    return found


def _open(root: Path, place: str) -> BinaryIO:
    try:
        return file_below(root, place).open("rb")
    except FileNotFoundError as error:
        raise NotFound("the recording's file is missing from the store") from error


def _put_in_place(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    file.replace(target)
    _sync(target.parent)


def _delete(root: Path, stems: Collection[str], but: str) -> int:
    wanted = sorted({file for stem in stems for file in _files(root, stem)} - {root / but})
    removed = [file for file in wanted if _remove(file)]
    folders = {file.parent for file in removed}
    for folder in folders:
        _sync(folder)
    for folder in folders:
        _remove_if_empty(root, folder)
    return len(removed)


def _files(root: Path, stem: str) -> Sequence[Path]:
    folder, _, start = stem.rpartition("/")
    if not _is_below(root, root / folder):
        return ()
    return [entry for entry in (root / folder).iterdir() if entry.name.startswith(start) and not entry.is_dir()]


def _is_below(root: Path, folder: Path) -> bool:
    return folder.is_dir() and folder.resolve().is_relative_to(root) and folder.resolve() != root


def _remove(file: Path) -> bool:
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    return True


def _sync(folder: Path) -> None:
    """So that the file does not come back with the power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_if_empty(root: Path, folder: Path) -> None:
    try:
        if folder != root:
            folder.rmdir()
    except OSError:  # something else is in it
        return
