"""The other voice is silenced wherever a block begins, and only where it has a channel of its own."""

import io
import wave

import pytest
from hypothesis import given, settings, strategies as st

from voiceagent.compliance.subject_access.one_voice import OneVoice
from voiceagent.core.errors import BadInput


class Sound:
    def __init__(self, data: bytes) -> None:
        self._data, self.size = data, len(data)

    def read(self, start: int, length: int) -> bytes:
        return self._data[start : start + length]

    def close(self) -> None:
        pass


def wav(channels: int, frames: bytes, width: int = 2) -> Sound:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((channels, width, 8000, 0, "NONE", ""))
        sound.writeframes(frames)
    return Sound(file.getvalue())


@settings(max_examples=40)
@given(st.integers(0, 60), st.integers(1, 33))
def test_block_by_block_it_is_the_recording_with_a_silent_right_channel(frames, block):
    sound = wav(2, bytes([1, 2, 3, 4]) * frames)

    silenced = OneVoice(sound)

    heard = b"".join(silenced.read(at, block) for at in range(0, silenced.size, block))
    assert heard == wav(2, bytes([1, 2, 0, 0]) * frames).read(0, sound.size)


@pytest.mark.parametrize("sound", [wav(1, b"\1\0" * 9), wav(2, b"\1\2" * 9, width=1), Sound(b"no sound at all")])
def test_voices_that_share_a_channel_cannot_be_told_apart(sound):
    with pytest.raises(BadInput):
        OneVoice(sound)
