"""16-bit PCM WAV files as bytes: made and read without touching a disk. Pure."""

import io
import wave
from dataclasses import dataclass

import numpy as np

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, from_bytes, to_bytes
from voiceagent.core.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Wav:
    """Channels of equal length, each (samples,), and their rate."""

    channels: tuple[Pcm, ...]
    rate_hz: int


def encode_wav(*channels: Pcm) -> bytes:
    """A 16 kHz WAV of one or more channels of equal length. Raises BadInput when the lengths differ."""
    if not channels or len({len(channel) for channel in channels}) != 1:
        raise BadInput(f"a WAV needs channels of one length, not of {[len(channel) for channel in channels]}")
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(to_bytes(np.stack(channels, axis=1).reshape(-1)))
    return data.getvalue()


def decode_wav(data: bytes) -> Wav:
    """Read a 16-bit WAV. Raises BadInput for anything else."""
    try:
        with wave.open(io.BytesIO(data), "rb") as file:
            count, width, rate_hz = file.getnchannels(), file.getsampwidth(), file.getframerate()
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise BadInput(f"no WAV file: {error}") from error
    if width != 2:
        raise BadInput(f"{8 * width} bits a sample: convert it to 16 (sox in.wav -b 16 out.wav)")
    whole = frames[: len(frames) - len(frames) % (2 * count)]  # a file cut short ends in the middle of a sample
    shaped = from_bytes(whole).reshape(-1, count)
    return Wav(channels=tuple(np.ascontiguousarray(shaped[:, channel]) for channel in range(count)), rate_hz=rate_hz)
