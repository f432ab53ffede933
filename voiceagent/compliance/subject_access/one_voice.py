"""A recording in which only the caller is heard: the other channel is silence of the same length."""

from typing import Final

from voiceagent.core.errors import BadInput
from voiceagent.records.at_rest.stored_recordings import OpenRecording
from voiceagent.records.wav_file import find_samples

_HEAD_BYTES: Final = 4096  # chunks before the sound of a file of ours take some 150
_FRAME_BYTES: Final = 4  # two samples of 16 bits


class OneVoice:
    """The WAV file `sound`, with its right channel silent. The caller is on the left.

    Raises BadInput where voices cannot be told apart: not stereo, or not 16-bit PCM.
    """

    def __init__(self, sound: OpenRecording) -> None:
        self._sound = sound
        self.size = sound.size
        samples = find_samples(sound.read(0, min(sound.size, _HEAD_BYTES)))
        if (samples.channels, samples.frame_bytes) != (2, _FRAME_BYTES):
            raise BadInput("its voices are not on two channels")
        self._begin, self._end = samples.begin, samples.end

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
