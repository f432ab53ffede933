"""What a call has left behind: in files of the state folder, in every table of Postgres, in every key of Redis."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
import redis
from psycopg import sql

from tests.acceptance.harness.sound import best_matches
from voiceagent.audio.frame import Pcm
from voiceagent.audio.g711 import decode_mu

_AUDIO_MAGIC = (b"RIFF", b"OggS", b"fLaC", b"ID3", b".snd", b"FORM")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file's size and time of last change."""

    size: int
    changed_ns: int


def stamps(folder: Path) -> dict[Path, Stamp]:
    """Every file below `folder`."""
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent) / name
            try:
                status = path.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            found[path] = Stamp(status.st_size, status.st_mtime_ns)
    return found


def changed_files(folder: Path, before: dict[Path, Stamp]) -> list[Path]:
    """Regular files that are new or were written to since."""
    return [path for path, stamp in stamps(folder).items() if before.get(path) != stamp and path.is_file()]


def audio_files(paths: list[Path]) -> list[Path]:
    """Those that are audio by name or by their first bytes."""
    named = {".wav", ".ogg", ".opus", ".flac", ".mp3", ".raw", ".pcm", ".ulaw", ".alaw", ".g722", ".au"}
    return [path for path in paths if path.suffix in named or _content(path)[:4].startswith(_AUDIO_MAGIC)]


def files_with_sound(paths: Iterable[Path], pieces: list[Pcm], at_least: float) -> Iterator[Path]:
    """Files in which a piece can be heard, whatever they pretend to be: as 16-bit PCM or as G.711. One by one."""
    for path in paths:
        if any(max(best_matches(pieces, view)) >= at_least for view in _as_audio(path)):
            yield path


def _as_audio(path: Path) -> Iterator[Pcm]:
    data = _content(path).strip(b"\0")
    if len(data) < 8_000:  # a quarter of a second
        return
    for shift in (0, 1):
        mono = np.frombuffer(data[shift : len(data) - (len(data) - shift) % 4], "<i2")
        yield mono
        yield mono[0::2]
        yield mono[1::2]
    yield np.repeat(decode_mu(data), 2)  # 8 to 16 kHz; the images lie above the band that is compared


def _content(path: Path) -> bytes:
    """What the file holds; nothing when it has just been removed."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def files_with_text(paths: list[Path], wanted: tuple[str, ...]) -> list[tuple[Path, str]]:
    """Where one of the texts stands, in any case of letters."""
    found = []
    for path in paths:
        data = _content(path)
        small = data.lower()  # to look closer only where it is worth it
        found += [(path, text) for text in wanted if text.lower().encode() in small and stands_in(text, data)]
    return found


def stands_in(text: str, data: bytes) -> bool:
    """Whether it does, in any case of letters. Figures within a longer number are that number, a moment mostly.

    Letters may touch it: in the pages of Postgres one value follows the other.
    """
    pattern = re.escape(text)
    if text[0].isdigit():
        pattern = r"(?<!\d)(?<!\d\.)" + pattern
    if text[-1].isdigit():
        pattern += r"(?!\d)"
    return re.search(pattern.encode(), data, re.IGNORECASE) is not None


def rows_with_text(database_url: str, wanted: tuple[str, ...]) -> list[tuple[str, str]]:
    """(table, row) for every row of every table in which one of the texts stands."""
    found = []
    with psycopg.connect(database_url) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
            " and table_schema not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        assert len(tables) > 8
        assert connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (True,)
        for schema, table in tables:
            name = sql.Identifier(schema, table)
            for (row,) in connection.execute(sql.SQL("select t::text from {} t").format(name)):
                found += [(f"{schema}.{table}", row) for text in wanted if stands_in(text, row.encode())]
    return found


def columns_with_text(database_url: str, wanted: tuple[str, ...]) -> set[tuple[str, str, str]]:
    """(schema, table, column) of every column in which one of the texts stands."""
    found = set()
    with psycopg.connect(database_url) as connection:
        columns = connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
            " join information_schema.tables using (table_schema, table_name) where table_type = 'BASE TABLE'"
            " and table_schema not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table, column in columns:
            values = sql.SQL("select {}::text from {}").format(sql.Identifier(column), sql.Identifier(schema, table))
            texts = "\n".join(value for (value,) in connection.execute(values) if value).encode()
            found |= {(schema, table, column) for text in wanted if stands_in(text, texts)}
    return found


def keys_with_text(redis_url: str, wanted: tuple[str, ...]) -> list[bytes]:
    """Keys of Redis whose name or value holds one of the texts."""
    client = redis.Redis.from_url(redis_url)
    try:
        return [key for key in client.scan_iter() if any(stands_in(text, _everything(client, key)) for text in wanted)]
    finally:
        client.close()


def _everything(client: "redis.Redis", key: bytes) -> bytes:
    match client.type(key):
        case b"string":
            value = client.get(key)
        case b"hash":
            value = client.hgetall(key)
        case b"set":
            value = client.smembers(key)
        case b"zset":
            value = client.zrange(key, 0, -1)
        case b"list":
            value = client.lrange(key, 0, -1)
        case b"stream":
            value = client.xrange(key)
        case b"none":  # it has expired since it was listed
            value = None
        case kind:
            raise AssertionError(f"{key!r} is a {kind!r}: teach this search to read it")
    return key + repr(value).encode()
