"""A package to read from: a zip, or the folder that it was unpacked to."""

import zipfile
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
        if path.is_symlink():
            raise OSError(f"{name} is a link, which leads out of what was signed")
        return path.open("rb")


class _Zip:
    def __init__(self, package: zipfile.ZipFile) -> None:
        self._package = package

    def names(self) -> Sequence[str]:
        return self._package.namelist()

    def open(self, name: str) -> IO[bytes]:
        return self._package.open(name)


@contextmanager
def opened(path: Path) -> Iterator[OpenedPackage]:
    """Raises OSError, zipfile.BadZipFile and what else zipfile says to a damaged directory (ValueError and its kin)."""
    if path.is_dir():
        yield _Folder(path)
        return
    with zipfile.ZipFile(path) as package:
        yield _Zip(package)
