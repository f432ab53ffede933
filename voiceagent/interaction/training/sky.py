"""What the actors of "Beneath a Steel Sky" say, out of the disk image that Debian packs.

`sky.dnr` is the table, `sky.dsk` the files: a header of 22 bytes, then mostly packed by RNC, 8-bit sound of 11 kHz.
"""

import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from voiceagent.core.errors import Unavailable
from voiceagent.interaction.training.rnc import unpacked
from voiceagent.interaction.training.signals import Signal, at_16k

FOLDER: Final = Path(".data/people/usr/share/scummvm/beneath-a-steel-sky")
RATE_HZ: Final = 11_025
_ENTRY: Final = struct.Struct("<H3s3s")  # number, place, size
_SPEECH: Final = range(50_000, 60_000)  # numbers of the files that are lines
_SCENE: Final = 100  # lines with numbers near each other are of one scene; who says which, nothing tells
HELD_OUT_SCENES: Final = ("51400", "53000", "54800")
SCENES: Final = tuple(str(first) for first in range(50_000, 55_100, _SCENE) if str(first) not in HELD_OUT_SCENES)
_HEADER_BYTES: Final = 22
_IN_PARAGRAPHS, _PLACE, _SIZE, _PARAGRAPH = 1 << 23, (1 << 23) - 1, (1 << 22) - 1, 16
_PACKED: Final = 0x80  # in the header's first byte


def sky_lines(scene: str, folder: Path = FOLDER) -> Iterator[Signal]:
    """The lines of a scene, one at a time. Raises Unavailable when the game is not there."""
    image, table = _contents(folder)
    first = int(scene)
    for number, place, size in table:
        if number in _SPEECH and first <= number < first + _SCENE:
            yield at_16k(_sound(image[place : place + size]), RATE_HZ)


def _sound(file: bytes) -> Signal:
    body = file[_HEADER_BYTES:]
    levels = unpacked(body) if file[0] & _PACKED and body.startswith(b"RNC") else body
    return (np.frombuffer(levels, np.uint8).astype(np.float32) - 128.0) / 128.0


@cache
def _contents(folder: Path) -> tuple[bytes, list[tuple[int, int, int]]]:
    """The image, and number, place and size of its files by number."""
    try:
        table, image = ((folder / name).read_bytes() for name in ("sky.dnr", "sky.dsk"))
    except FileNotFoundError as error:
        raise Unavailable(f"there is no game in {folder}; run runs/install-train-deps.sh") from error
    (count,) = struct.unpack_from("<I", table)
    entries = _ENTRY.iter_unpack(table[4 : 4 + count * _ENTRY.size])
    return image, sorted((number, _place(place), _number(size) & _SIZE) for number, place, size in entries)


def _place(field: bytes) -> int:
    """A byte, or a paragraph of 16 where the highest bit says so."""
    value = _number(field)
    return (value & _PLACE) * (_PARAGRAPH if value & _IN_PARAGRAPHS else 1)


def _number(field: bytes) -> int:
    return int.from_bytes(field, "little")
