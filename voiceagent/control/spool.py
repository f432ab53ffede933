"""Files that hold events while Redis is away: append only, one JSON line each, on disk before they count.

A file belongs to the process that holds its lock; the kernel drops the lock when the process dies, and then the next
process that looks may drain it. A line without its end was never acknowledged and is ignored.
"""

import fcntl
import os
from pathlib import Path
from threading import Lock

from voiceagent.core.ids import new_id

_SUFFIX = ".jsonl"


class SpoolFile:
    """One spool file. Methods block on the disk and may be called from several threads."""

    def __init__(self, path: Path, file: int) -> None:
        self._path = path
        self._file = file
        self._lock = Lock()
        self._read_to = 0

    @classmethod
    def create(cls, folder: Path) -> "SpoolFile":
        """A new file in `folder`, locked by this process."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / (new_id("spool") + _SUFFIX)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        _sync_folder(folder)
        return cls(path, file)

    def write(self, lines: list[bytes]) -> None:
        """Append lines (without line ends in them); they are on disk when this returns."""
        data = b"".join(line + b"\n" for line in lines)
        with self._lock:
            end = os.lseek(self._file, 0, os.SEEK_END)
            try:
                _write_all(self._file, data)
                os.fsync(self._file)
            except OSError:
                os.ftruncate(self._file, end)  # half a line would join the next one
                raise

    def peek(self, limit: int) -> tuple[list[bytes], int]:
        """Up to `limit` lines that were not dropped yet, and the position behind them."""
        with self._lock, self._path.open("rb") as reader:
            reader.seek(self._read_to)
            lines = [line for _ in range(limit) if (line := reader.readline()).endswith(b"\n")]
        return [line[:-1] for line in lines], self._read_to + sum(len(line) for line in lines)

    def drop_to(self, position: int) -> None:
        """Lines before `position` are safe elsewhere. Kept in memory only: repeating them does no harm."""
        self._read_to = position

    def remove(self) -> None:
        """Delete the file and give up its lock."""
        self._path.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Give up the lock and leave the file to the next process; a write that comes later raises OSError."""
        with self._lock:
            os.close(self._file)
            self._file = -1


def adopt_left_over(folder: Path) -> list[SpoolFile]:
    """Files of processes that are gone, oldest first; they are ours from now on."""
    adopted = []
    for path in sorted(folder.glob("*" + _SUFFIX)) if folder.is_dir() else ():
        try:
            file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            continue
        if os.fstat(file).st_nlink == 0:  # drained by another process between our open and our lock
            os.close(file)
            continue
        adopted.append(SpoolFile(path, file))
    return adopted


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
