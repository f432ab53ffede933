"""A package to read from: a zip, or the folder that it was unpacked to."""

import zipfile
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol


class OpenedPackage(Protocol):
    """`open` raises OSError or zipfile.BadZipFile."""

    def names(self) -> Sequence[str]:
        """The paths of all files in it, with slashes; one that is there twice comes twice."""
        ...

    def open(self, name: str) -> IO[bytes]: ...


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self) -> Sequence[str]:
        found = (path for path in self._root.rglob("*") if path.is_symlink() or not path.is_dir())
        return sorted(path.relative_to(self._root).as_posix() for path in found)

    def open(self, name: str) -> IO[bytes]:
        path = self._root / name
        if path.is_symlink() or not path.is_file():
            raise OSError(f"{name} is a link or a pipe, which leads out of what was signed")
        return path.open("rb")


class _Zip:
    """Reads no more than the file is long: what is compressed, or lies in another entry, is refused unread."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        self._package = package
        self._starts = [*sorted(info.header_offset for info in package.infolist()), package.start_dir]

    def names(self) -> Sequence[str]:
        return self._package.namelist()

    def open(self, name: str) -> IO[bytes]:
        info = self._package.getinfo(name)
        after = self._starts[bisect_right(self._starts, info.header_offset, hi=len(self._starts) - 1)]
        size = max(info.file_size, info.compress_size)
        if info.compress_type != zipfile.ZIP_STORED or info.header_offset + size > after:
            raise zipfile.BadZipFile("it is compressed, or lies across other files, as voiceagent writes none")
        return self._package.open(info)


@contextmanager
def opened(path: Path) -> Iterator[OpenedPackage]:
    """Raises OSError, zipfile.BadZipFile and what else zipfile says to a damaged directory (ValueError and its kin)."""
    if path.is_dir():
        yield _Folder(path)
        return
    with zipfile.ZipFile(path) as package:
        yield _Zip(package)
