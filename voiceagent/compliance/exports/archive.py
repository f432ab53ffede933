"""The zip of a package, in one form only: stored, fixed times, no comments, no gaps.

Nothing is compressed, so that the bytes do not depend on a version of zlib: the same content is the same file, here and
elsewhere, and a reader can write it again and compare. That finds a changed byte also where no file's content is.
"""

import hashlib
import struct
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
_UNIX: Final = 3
_BLOCK: Final = 1 << 20
# What reading a damaged zip raises: flags that ask for a password or for an unknown method, sizes beyond the end
UNREADABLE: Final = (zipfile.BadZipFile, OSError, ValueError, RuntimeError, EOFError, OverflowError, struct.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One file of a package as the manifest lists it."""

    path: str
    bytes: int
    sha256: str


class PackageArchive:
    """Writes a zip from its beginning to its end. Blocks on the disk."""

    def __init__(self, file: Any) -> None:
        """`file` is a path or something that can be written and sought in."""
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True)

    def add(self, name: str, data: bytes) -> StoredFile:
        return self.copy(name, len(data), (data,))

    def copy(self, name: str, size: int, blocks: Iterable[bytes]) -> StoredFile:
        """`size` is known before, since the form of a large file's entry depends on it."""
        info = zipfile.ZipInfo(name, _EPOCH)
        info.create_system, info.external_attr, info.file_size = _UNIX, 0o100644 << 16, size
        digest = hashlib.sha256()
        with self._zip.open(info, "w") as file:
            for block in blocks:
                file.write(block)
                digest.update(block)
        return StoredFile(path=name, bytes=info.file_size, sha256=digest.hexdigest())

    def close(self) -> None:
        self._zip.close()


def blocks_of(file: IO[bytes]) -> Iterator[bytes]:
    """The rest of the file in pieces of a mebibyte."""
    while block := file.read(_BLOCK):
        yield block


def first_odd_byte(path: Path) -> int | None:
    """Where a zip differs from what `PackageArchive` writes of the same files; None when it does not.

    Raises `UNREADABLE` when there is no directory in it.
    """
    with path.open("rb") as original, zipfile.ZipFile(path) as package:
        compared = _Compared(original)
        with closing(PackageArchive(compared)) as again:
            broken = _write_again(package, again, compared)
        return compared.first_difference(path.stat().st_size) if broken is None else broken


def _write_again(package: zipfile.ZipFile, again: PackageArchive, compared: "_Compared") -> int | None:
    """Copy all entries; the place of the first that cannot be read, or was never written like this."""
    seen: set[str] = set()
    for info in package.infolist():
        # One after the other: entries inside of each other would be terabytes to read in a small file
        if info.filename in seen or info.compress_type != zipfile.ZIP_STORED or info.header_offset != compared.tell():
            return info.header_offset
        seen.add(info.filename)
        try:
            with package.open(info) as file:
                again.copy(info.filename, info.file_size, blocks_of(file))
        except UNREADABLE:
            return info.header_offset
    return None


def entry_at(path: Path, offset: int) -> str:
    """The entry that a byte of the zip belongs to, "" for the directory at its end."""
    with zipfile.ZipFile(path) as package:
        if offset >= package.start_dir:
            return ""
        before = [info for info in package.infolist() if info.header_offset <= offset]
    return max(before, key=lambda info: info.header_offset).filename if before else ""


class _Compared:
    """A file that is not written: what would be is compared with `original`.

    Headers are written twice, and the second time counts.
    """

    def __init__(self, original: IO[bytes]) -> None:
        self._original = original
        self._at = 0
        self._end = 0
        self._odd: set[int] = set()

    def write(self, data: bytes) -> int:
        self._original.seek(self._at)
        there = self._original.read(len(data))
        places = range(self._at, self._at + len(data))
        if there == data:
            self._odd.difference_update(self._odd.intersection(places) if self._odd else ())
        else:
            wrong = [
                at for at, mine, other in zip(places, data, there.ljust(len(data), b"\0"), strict=True) if mine != other
            ]
            self._odd.difference_update(places if len(data) < _BLOCK else ())
            self._odd.update(wrong[:100] or [self._at + len(there)])
        self._at += len(data)
        self._end = max(self._end, self._at)
        return len(data)

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._end)[whence]
        return self._at

    def seekable(self) -> bool:
        return True

    def flush(self) -> None:
        """Nothing to do."""

    def first_difference(self, size: int) -> int | None:
        if self._odd:
            return min(self._odd)
        return None if size == self._end else min(size, self._end)
