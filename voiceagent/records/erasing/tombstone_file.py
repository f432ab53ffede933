"""Tombstones in a file beside the database, one JSON a line: a backup from before an erasure does not know of it.

Lines are appended and synced before the database is told, so whatever it counts as erased is here. A tombstone that is
here twice does no harm. Each line has the hash of the line before it: one that is missing, changed or put in by hand is
found. Blocks on the disk: use it off the event loop.
"""

import fcntl
import hashlib
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
        lines = _chained(_drop_torn_line(descriptor), tombstones)
        while lines:
            lines = lines[file.write(lines) :]
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _drop_torn_line(descriptor: int) -> bytes:
    """The last whole line."""
    size = os.fstat(descriptor).st_size
    begin = max(0, size - _LONGEST_LINE_BYTES)
    tail = os.pread(descriptor, size - begin, begin)
    whole = tail[: tail.rfind(b"\n") + 1]
    os.ftruncate(descriptor, begin + len(whole))
    return whole.splitlines(keepends=True)[-1] if whole else b""


def _chained(before: bytes, tombstones: Sequence[Tombstone]) -> bytes:
    lines = []
    for one in tombstones:
        values = {**asdict(one), "content_class": one.content_class.value, "at": one.at.isoformat()}
        values["before"] = _hash(before)
        before = json.dumps(values, sort_keys=True, separators=(",", ":")).encode() + b"\n"
        lines.append(before)
    return b"".join(lines)


def _hash(line: bytes) -> str:
    """Of nothing it is "": the first line says that it is the first."""
    return hashlib.sha256(line).hexdigest() if line else ""


def read_tombstones(path: Path) -> Iterator[Tombstone]:
    """All of them, in the order of the file. Raises ConfigError for a file that is not there or not one of ours."""
    try:
        with path.open("rb") as file:
            before = b""
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n"):
                    yield _tombstone(path, number, line, before)
                before = line
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}; bring it back from the copy that you keep outside of backups of "
            "the database"
        ) from error


def _tombstone(path: Path, number: int, line: bytes, before: bytes) -> Tombstone:
    try:
        values = json.loads(line)
        values["content_class"] = ContentClass(values["content_class"])
        values["at"] = datetime.fromisoformat(values["at"])
        values["key_ids"] = tuple(values["key_ids"])
        follows = values.pop("before") == _hash(before)
        tombstone = Tombstone(**values)
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"line {number} of {path} is no tombstone; bring the file back from your copy") from error
    if not follows:
        raise ConfigError(
            f"line {number} of {path} does not follow the line before it: something was taken out, changed or put in; "
            "bring the file back from your copy"
        )
    return tombstone
