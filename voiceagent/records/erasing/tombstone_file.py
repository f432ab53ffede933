"""Tombstones in a file beside the database, one JSON a line: a backup from before an erasure does not know of it.

Lines are appended and synced before the database is told, so whatever it counts as erased is here. A line that is here
twice does no harm. Blocks on the disk: use it off the event loop.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Final

from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import ConfigError
from voiceagent.records.erasure_values import Tombstone

_LONGEST_LINE_BYTES: Final = 1 << 16  # ids and a time; keys of a call are few


def append_tombstones(path: Path, tombstones: Sequence[Tombstone]) -> None:
    """Add them; on the disk when this returns. A line that a lost power cut off goes first: nothing counts on it.

    Raises OSError.
    """
    if not tombstones:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _drop_torn_line(descriptor)
        lines = b"".join(_line(one) for one in tombstones)
        while lines:
            lines = lines[file.write(lines) :]
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _drop_torn_line(descriptor: int) -> None:
    size = os.fstat(descriptor).st_size
    begin = max(0, size - _LONGEST_LINE_BYTES)
    tail = os.pread(descriptor, size - begin, begin)
    os.ftruncate(descriptor, begin + tail.rfind(b"\n") + 1)


def read_tombstones(path: Path) -> Iterator[Tombstone]:
    """All of them, in the order of the file. Raises ConfigError for a file that is not there or not one of ours."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n") and line.strip():
                    yield _tombstone(path, number, line)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}; bring it back from the copy that you keep outside of backups of "
            "the database"
        ) from error


def _line(one: Tombstone) -> bytes:
    values = {**asdict(one), "content_class": one.content_class.value, "at": one.at.isoformat()}
    return json.dumps(values, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _tombstone(path: Path, number: int, line: bytes) -> Tombstone:
    try:
        values = json.loads(line)
        values["content_class"] = ContentClass(values["content_class"])
        values["at"] = datetime.fromisoformat(values["at"])
        values["key_ids"] = tuple(values["key_ids"])
        return Tombstone(**values)
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"line {number} of {path} is no tombstone; bring the file back from your copy") from error
