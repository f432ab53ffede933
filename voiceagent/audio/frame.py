"""The one audio format inside the house: 16 kHz, mono, signed 16-bit little-endian PCM, 20 ms frames.

Gateways convert at the edge. Sample counts are the clock: `samples / SAMPLE_RATE_HZ` is media time.
"""

from typing import Final, cast

import numpy as np
import numpy.typing as npt

from voiceagent.core.errors import BadInput

SAMPLE_RATE_HZ: Final = 16_000
FRAME_MS: Final = 20
FRAME_SAMPLES: Final = SAMPLE_RATE_HZ * FRAME_MS // 1000  # 320
FRAME_BYTES: Final = FRAME_SAMPLES * 2  # 640
SILENCE: Final = bytes(FRAME_BYTES)

Pcm = npt.NDArray[np.int16]  # (samples,)


def samples_to_ms(samples: int) -> int:
    """Media time of a sample position, in whole milliseconds."""
    return samples * 1000 // SAMPLE_RATE_HZ


def ms_to_samples(ms: float) -> int:
    """Sample position of a media time."""
    return round(ms * SAMPLE_RATE_HZ / 1000)


def from_bytes(data: bytes) -> Pcm:
    """View little-endian 16-bit PCM as samples. Raises BadInput for an odd number of bytes."""
    if len(data) % 2:
        raise BadInput(f"PCM of {len(data)} bytes is not a whole number of 16-bit samples")
    return cast("Pcm", np.frombuffer(data, dtype="<i2"))


def to_bytes(pcm: Pcm) -> bytes:
    """Samples as little-endian bytes."""
    return pcm.astype("<i2", copy=False).tobytes()


def from_float(signal: npt.NDArray[np.floating]) -> Pcm:
    """Scale [-1, 1] to 16 bits; values outside are clipped, NaN becomes silence."""
    scaled: npt.NDArray[np.floating] = np.clip(np.nan_to_num(signal), -1.0, 1.0) * 32767.0
    return scaled.astype(np.int16)


def to_float(pcm: Pcm) -> npt.NDArray[np.float32]:
    """16 bits to float32 in [-1, 1)."""
    return pcm.astype(np.float32) / np.float32(32768.0)
