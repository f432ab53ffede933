"""What a scripted phone says and hears: WAV in, stereo WAV out (left = sent, right = heard, the same sample clock)."""

import wave
from pathlib import Path

import numpy as np
import soxr

from voiceagent.audio.frame import FRAME_BYTES, SAMPLE_RATE_HZ, SILENCE, Pcm, from_bytes, from_float, to_bytes, to_float
from voiceagent.core.errors import BadInput

_MAX_FRAMES = 50 * 60 * 30  # half an hour: a phone that is forgotten must not fill the memory


class ScriptedTalk:
    """A MediaExchange that plays samples and keeps both directions. Called from the media thread, 50 times a second."""

    def __init__(self, say: Pcm, *, keep: bool = True) -> None:
        padded = to_bytes(say) + bytes(-len(say) * 2 % FRAME_BYTES)
        self._say = [padded[at : at + FRAME_BYTES] for at in range(0, len(padded), FRAME_BYTES)]
        self._keep = keep
        self._sent: list[bytes] = []
        self._heard: list[bytes] = []
        self.frames_sent = 0
        self.frames_heard = 0

    def pull(self) -> bytes:
        """The next 20 ms of the script, then silence."""
        frame = self._say[self.frames_sent] if self.frames_sent < len(self._say) else SILENCE
        self.frames_sent += 1
        if self._keep and len(self._sent) < _MAX_FRAMES:
            self._sent.append(frame)
        return frame

    def push(self, frame: bytes) -> None:
        """20 ms heard."""
        self.frames_heard += 1
        if self._keep and len(self._heard) < _MAX_FRAMES:
            self._heard.append(frame)

    def sent(self) -> Pcm:
        """Everything sent, (samples,), as long as `heard`."""
        return from_bytes(b"".join(self._sent[: self._ticks()]))

    def heard(self) -> Pcm:
        """Everything heard, (samples,)."""
        return from_bytes(b"".join(self._heard[: self._ticks()]))

    def _ticks(self) -> int:
        return min(len(self._sent), len(self._heard))


def read_wav(path: Path) -> Pcm:
    """A 16-bit WAV as 16 kHz mono; channels are averaged, other rates resampled. Raises BadInput for other formats."""
    try:
        with wave.open(str(path), "rb") as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise BadInput(f"{path} is no WAV file: {error}") from error
    if width != 2:
        raise BadInput(f"{path} has {8 * width} bits a sample: convert it to 16 (sox in.wav -b 16 out.wav)")
    mono = to_float(from_bytes(data)).reshape(-1, channels).mean(axis=1)
    if rate != SAMPLE_RATE_HZ:
        mono = soxr.resample(mono, rate, SAMPLE_RATE_HZ)
    return from_float(mono)


def write_stereo(path: Path, left: Pcm, right: Pcm) -> None:
    """Write two channels of equal length as a 16 kHz WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(to_bytes(np.stack((left, right), axis=1).reshape(-1)))
