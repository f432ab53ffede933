"""A recording in which only the caller is heard: the other channel is silence of the same length."""

import struct
from typing import Final

from voiceagent.core.errors import BadInput
from voiceagent.records.at_rest.stored_recordings import OpenRecording

_HEAD_BYTES: Final = 4096  # chunks before the sound of a file of ours take some 150
_FORMAT: Final = struct.Struct("<HHIIHH")  # tag, channels, rate, bytes a second, block, bits
_FRAME_BYTES: Final = 4  # two samples of 16 bits


class OneVoice:
    """The WAV file `sound`, with its right channel silent. The caller is on the left.

    Raises BadInput where voices cannot be told apart: not stereo, or not 16-bit PCM.
    """

    def __init__(self, sound: OpenRecording) -> None:
        self._sound = sound
        self.size = sound.size
        self._begin, self._end = _samples_of(sound.read(0, min(sound.size, _HEAD_BYTES)))

    def read(self, start: int, length: int) -> bytes:
        """Raises Damaged, OSError."""
        block = bytearray(self._sound.read(start, length))
        for byte in (2, 3):  # of each frame
            first = max(self._begin + byte, start + (self._begin + byte - start) % _FRAME_BYTES) - start
            last = min(len(block), self._end - start)
            count = len(range(first, last, _FRAME_BYTES))
            block[first : first + count * _FRAME_BYTES : _FRAME_BYTES] = bytes(count)
        return bytes(block)

    def close(self) -> None:
        self._sound.close()


def _samples_of(head: bytes) -> tuple[int, int]:
    """Where the sound begins and ends, in bytes of the file (Microsoft RIFF: chunks of name, size, body)."""
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise BadInput("this is no WAV file")
    at, separable = 12, False
    while at + 8 <= len(head):
        name, size = head[at : at + 4], int.from_bytes(head[at + 4 : at + 8], "little")
        if name == b"data" and separable:
            return at + 8, at + 8 + size
        if name == b"fmt " and at + 8 + _FORMAT.size <= len(head):
            tag, channels, _, _, frame, bits = _FORMAT.unpack_from(head, at + 8)
            separable = (tag, channels, frame, bits) == (1, 2, _FRAME_BYTES, 16)
        at += 8 + size + size % 2
    raise BadInput("its voices are not on two channels")
