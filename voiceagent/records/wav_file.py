"""A stereo WAV file that is valid at every moment: sizes in its header are refreshed as it grows.

Layout (Microsoft RIFF, "Multimedia Programming Interface and Data Specifications 1.0"): RIFF, fmt, LIST/INFO with the
mark that the file holds synthetic speech (EU AI Act Art. 50(2)), data. The INFO comes first, so that a file that was
cut off still has its mark. The header has a fixed size: only two size fields change.
"""

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voiceagent.core.errors import BadInput

SAMPLE_RATE_HZ: Final = 16_000
CHANNELS: Final = 2
BYTES_PER_SAMPLE_PAIR: Final = 4
MARK: Final = "Contains synthetic speech: the right channel is an AI agent"

_SIZE = struct.Struct("<I")
_LAYOUT = struct.Struct("<HHIIHH")  # tag, channels, rate, bytes a second, frame, bits
_LARGEST = 2**32 - 1  # a RIFF size has 32 bits: 18.6 hours of this format


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + _SIZE.pack(len(body)) + body + b"\0" * (len(body) % 2)


def _text(name: bytes, text: str) -> bytes:
    return _chunk(name, text.encode("ascii") + b"\0")


_FORMAT = _LAYOUT.pack(1, CHANNELS, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ * BYTES_PER_SAMPLE_PAIR, BYTES_PER_SAMPLE_PAIR, 16)
_BEFORE_DATA = (
    b"WAVE" + _chunk(b"fmt ", _FORMAT) + _chunk(b"LIST", b"INFO" + _text(b"ICMT", MARK) + _text(b"ISFT", "voiceagent"))
)
_DATA_SIZE_AT = 8 + len(_BEFORE_DATA) + 4
HEADER_BYTES: Final = _DATA_SIZE_AT + 4


class WavFile:
    """Writes sample pairs at their place in time. Blocks on the disk: use it off the event loop."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self.data_bytes = 0
        os.pwrite(self._file, b"RIFF" + _SIZE.pack(0) + _BEFORE_DATA + b"data" + _SIZE.pack(0), 0)
        _write_sizes(self._file, 0)

    def write(self, first_pair: int, data: bytes) -> None:
        """Put interleaved pairs at sample `first_pair`; what was left out before them reads as silence."""
        at = first_pair * BYTES_PER_SAMPLE_PAIR
        if HEADER_BYTES + at + len(data) > _LARGEST:
            return
        os.pwrite(self._file, data, HEADER_BYTES + at)
        self.data_bytes = max(self.data_bytes, at + len(data))
        _write_sizes(self._file, self.data_bytes)  # after the data: the header never promises too much

    def silence(self, first_pair: int, end_pair: int) -> None:
        """Write silence over what is there of [first_pair, end_pair)."""
        begin, end = first_pair * BYTES_PER_SAMPLE_PAIR, min(end_pair * BYTES_PER_SAMPLE_PAIR, self.data_bytes)
        if begin < end:
            os.pwrite(self._file, bytes(end - begin), HEADER_BYTES + begin)

    def close(self) -> None:
        """The file is complete and on the disk."""
        os.fsync(self._file)
        os.fchmod(self._file, 0o400)
        os.close(self._file)


def repair(path: Path) -> int:
    """Make the header agree with what is in the file, after a crash; the duration in ms.

    Raises BadInput when it is no file of ours (then it is left alone).
    """
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        begin = os.pread(file, HEADER_BYTES, 0)
        if not (begin[:4] == b"RIFF" and begin[8 : 8 + len(_BEFORE_DATA)] == _BEFORE_DATA):
            raise BadInput(f"{path} is no recording of ours")
        pairs = max(0, os.fstat(file).st_size - HEADER_BYTES) // BYTES_PER_SAMPLE_PAIR
        os.ftruncate(file, HEADER_BYTES + pairs * BYTES_PER_SAMPLE_PAIR)
        _write_sizes(file, pairs * BYTES_PER_SAMPLE_PAIR)
        os.fsync(file)
    finally:
        os.close(file)
    return pairs * 1000 // SAMPLE_RATE_HZ


def _write_sizes(file: int, data_bytes: int) -> None:
    os.pwrite(file, _SIZE.pack(data_bytes), _DATA_SIZE_AT)
    os.pwrite(file, _SIZE.pack(HEADER_BYTES - 8 + data_bytes), 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Where the sound of a file begins and ends, in bytes of it, and how it is laid out."""

    begin: int
    end: int
    rate_hz: int
    channels: int
    frame_bytes: int


def find_samples(head: bytes) -> Samples:
    """`head`: the beginning of a file, up to its sound. Raises BadInput for what is no WAV file of PCM samples."""
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise BadInput("this is no WAV file")
    at, layout = 12, None
    while at + 8 <= len(head):
        name, size = head[at : at + 4], _SIZE.unpack_from(head, at + 4)[0]
        if name == b"data" and layout is not None:
            tag, channels, rate_hz, _, frame_bytes, bits = layout
            if (tag, frame_bytes * 8) != (1, channels * bits):
                raise BadInput("its samples are no plain PCM")
            begin = at + 8
            return Samples(begin=begin, end=begin + size, rate_hz=rate_hz, channels=channels, frame_bytes=frame_bytes)
        if name == b"fmt " and at + 8 + _LAYOUT.size <= len(head):
            layout = _LAYOUT.unpack_from(head, at + 8)
        at += 8 + size + size % 2
    raise BadInput("no sound is in this WAV file")
