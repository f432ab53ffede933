"""What the actors of "Flight of the Amazon Queen" say, out of the archive that Debian packs.

ScummVM's tools made it: a table of names, offsets and sizes, and each line as an MP3 of 11 kHz.
"""

import io
import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from voiceagent.core.errors import Unavailable
from voiceagent.interaction.training.signals import Signal, at_16k

ARCHIVE: Final = Path(".data/people/usr/share/scummvm/flight-of-the-amazon-queen/queen.1c")
# Its hero, and who talks in a scene beside him or in a cut scene; those with a few lines are left out.
ACTORS: Final = (
    "joe", "02", "03", "04", "05", "06", "07", "09", "10", "11", "12", "13", "16", "18", "20", "21", "23", "25", "26",
    "28", "29", "31", "33", "34", "36", "37", "38", "39", "42",
    "C10", "C13", "C15", "C18", "C19", "C20", "C21", "C2A", "C30", "C31", "C36", "C3C", "C40", "C41", "C42", "C50",
    "C5C", "C62", "C63", "C69", "C70", "C72", "C73", "C74", "C75", "C76", "CDI", "CIN", "COM",
)  # fmt: skip
HELD_OUT_ACTORS: Final = ("08", "24", "35")
_HEAD: Final = struct.Struct(">4s6sBBBH")  # magic, version, of a floppy, a demo, compression, files
_MAGIC, _MP3 = b"QTBL", 1
_FILE: Final = struct.Struct(">12sBII")  # name, part of the game, offset, bytes


def queen_lines(actor: str, archive: Path = ARCHIVE) -> Iterator[Signal]:
    """An actor's lines, one at a time. Raises Unavailable when the archive is not there or another."""
    import soundfile  # noqa: PLC0415 - of the extra `test`, as all that reads recordings

    data, files = _contents(archive)
    for name, offset, size in files:
        if name.endswith(".SB") and _actor(name) == actor:
            sound, rate_hz = soundfile.read(io.BytesIO(data[offset : offset + size]), dtype="float32")
            yield at_16k(np.asarray(sound, np.float32), rate_hz)


def _actor(name: str) -> str:
    """Who speaks. `020023J1.SB`, a remark like `1000SSSS.SB` and `JOE00011.SB` are the hero's, `020001P2.SB` is from
    another in scene 02, `C18A_021.SB` anybody's in a cut scene; "" when nothing tells."""
    if name[6] == "P":
        return name[:2]
    if name[6] == "J" or "SSSS" in name or name.startswith("JOE"):
        return "joe"
    return name[:3] if name.startswith("C") else ""


@cache
def _contents(archive: Path) -> tuple[bytes, list[tuple[str, int, int]]]:
    """All of it, and name, offset and size of its files."""
    try:
        data = archive.read_bytes()
    except FileNotFoundError as error:
        raise Unavailable(f"there is no {archive}; run runs/install-train-deps.sh") from error
    magic, _, _, _, compression, count = _HEAD.unpack_from(data)
    if magic != _MAGIC or compression != _MP3:
        raise Unavailable(f"{archive} is not the game's archive with MP3 in it")
    table = data[_HEAD.size : _HEAD.size + count * _FILE.size]
    return data, [(name.split(b"\0")[0].decode("latin-1"), at, size) for name, _, at, size in _FILE.iter_unpack(table)]
