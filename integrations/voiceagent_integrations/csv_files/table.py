"""One CSV file: read as a whole, written by appending a line that is there entirely or not at all."""

import csv
import fcntl
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from voiceagent.core.errors import ConfigError

_ESCAPED: Final = {"\\": "\\\\", "\r": "\\r", "\n": "\\n"}  # a record is one line, so that a torn one can be told
_PLAIN: Final = {"\\": "\\", "r": "\r", "n": "\n"}
_FORMULA: Final = frozenset("=+-@\t'")  # what a spreadsheet runs, or strips, at the beginning of a cell


def read(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows; none when there is no file. Extra columns are ignored. Raises ConfigError, OSError."""
    if not path.exists():
        return []
    return _rows(path.read_bytes(), path, columns)


def read_log(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows that `append` has written, as they were given. Raises ConfigError, OSError."""
    if not path.exists():
        return []
    with path.open("rb") as file, _locked(file, fcntl.LOCK_SH):
        return [unguarded(row) for row in _rows(_whole_lines(file.read()), path, columns)]


def append(
    path: Path, columns: Sequence[str], make: Callable[[list[dict[str, str]]], Mapping[str, str] | None]
) -> None:
    """Append what `make` makes of the rows there are, if anything; other processes wait meanwhile.

    The line is on the disk when this returns. What a crash left of one is cut off: nobody was told that it was written.
    """
    with path.open("a+b") as file, _locked(file, fcntl.LOCK_EX):
        file.seek(0)
        content = _whole_lines(file.read())
        row = make([unguarded(one) for one in _rows(content, path, columns)] if content else [])
        if row is None:
            return
        file.truncate(len(content))
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\n")
        if not content:
            writer.writerow(columns)
        order = next(csv.reader([content.decode("utf-8-sig").partition("\n")[0]])) if content else columns
        writer.writerow([_guarded(row.get(column, "")) for column in order])
        file.write(lines.getvalue().encode())
        file.flush()
        os.fsync(file.fileno())


def unguarded(row: Mapping[str, str]) -> dict[str, str]:
    """What `append` was given."""
    return {column: _unguarded(text) for column, text in row.items()}


def _whole_lines(content: bytes) -> bytes:
    return content[: content.rfind(b"\n") + 1]


def _rows(content: bytes, path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        missing = set(columns) - set(reader.fieldnames or ())
        if missing:
            raise ConfigError(f"{path.name} has no column {min(missing)!r}; its first line must name the columns")
        return [{column: row[column] or "" for column in columns} for row in reader]
    except (csv.Error, UnicodeDecodeError):
        raise ConfigError(f"{path.name} is not a CSV file in UTF-8 with commas") from None


@contextmanager
def _locked(file: IO[bytes], how: int) -> Iterator[None]:
    fcntl.flock(file, how)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _guarded(text: str) -> str:
    line = "".join(_ESCAPED.get(character, character) for character in text)
    return f"'{line}" if line[:1] in _FORMULA and line else line


def _unguarded(text: str) -> str:
    line = text.removeprefix("'") if text.startswith("'") else text
    out, characters = [], iter(line)
    for character in characters:
        following = next(characters, "") if character == "\\" else ""
        out.append(_PLAIN.get(following, character + following) if character == "\\" else character)
    return "".join(out)
