"""G.711 companding (ITU-T Rec. G.711, 1988): 16-bit linear PCM to and from 8-bit mu-law and A-law, 8 kHz on the wire.

Decoding is a table of 256 values; encoding is a table over all 65,536 inputs, made once from the segment arithmetic.
"""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from voiceagent.audio.frame import Pcm

Bytes = npt.NDArray[np.uint8]  # (samples,)

_MU_BIAS: Final = 33  # on the 14-bit scale of the recommendation
_MU_LARGEST: Final = 0x1FFF
_A_TOGGLE: Final = 0x55  # A-law inverts the even bits on the line


def encode_mu(pcm: Pcm) -> bytes:
    """PCM (samples,) to mu-law, one byte a sample."""
    return _mu_encoder()[pcm.view(np.uint16)].tobytes()


def decode_mu(data: bytes) -> Pcm:
    """mu-law bytes to PCM (samples,)."""
    return _mu_decoder()[np.frombuffer(data, np.uint8)]


def encode_a(pcm: Pcm) -> bytes:
    """PCM (samples,) to A-law, one byte a sample."""
    return _a_encoder()[pcm.view(np.uint16)].tobytes()


def decode_a(data: bytes) -> Pcm:
    """A-law bytes to PCM (samples,)."""
    return _a_decoder()[np.frombuffer(data, np.uint8)]


def _all_samples() -> npt.NDArray[np.int32]:
    """Every 16-bit sample in the order of its unsigned bit pattern."""
    return np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)


def _segment(magnitude: npt.NDArray[np.int32], lowest_bit: int) -> npt.NDArray[np.int32]:
    """The segment 0-7 of a magnitude: how far its highest bit stands above `lowest_bit`."""
    _, exponent = np.frexp(magnitude.astype(np.float64))  # the highest bit is exponent - 1, exactly
    return np.clip(exponent.astype(np.int32) - 1 - lowest_bit, 0, 7)


@cache
def _mu_encoder() -> Bytes:
    sample = _all_samples()
    positive = sample >= 0
    magnitude = np.where(positive, sample, ~sample) >> 2  # one's complement, as in ITU-T G.191's reference code
    magnitude = np.minimum(magnitude + _MU_BIAS, _MU_LARGEST)
    segment = _segment(magnitude, 5)
    step = (magnitude >> (segment + 1)) & 0x0F
    code = (segment << 4) | step | np.where(positive, 0, 0x80)
    inverted: Bytes = (~code & 0xFF).astype(np.uint8)
    return inverted


@cache
def _mu_decoder() -> Pcm:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    segment, step = (code >> 4) & 7, code & 0x0F
    magnitude = ((((step << 1) + _MU_BIAS) << segment) - _MU_BIAS) << 2
    decoded: Pcm = np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)
    return decoded


@cache
def _a_encoder() -> Bytes:
    sample = _all_samples()
    positive = sample >= 0
    magnitude = np.where(positive, sample, ~sample)  # one's complement: -1 falls into the first negative step
    segment = np.where(magnitude < 256, 0, _segment(magnitude, 7))
    step = np.where(segment == 0, magnitude >> 4, magnitude >> (segment + 3)) & 0x0F
    code = (segment << 4) | step | np.where(positive, 0x80, 0)
    toggled: Bytes = (code ^ _A_TOGGLE).astype(np.uint8)
    return toggled


@cache
def _a_decoder() -> Pcm:
    code = np.arange(256, dtype=np.int32) ^ _A_TOGGLE
    segment, step = (code >> 4) & 7, code & 0x0F
    magnitude = np.where(segment == 0, (step << 4) + 8, ((step << 4) + 0x108) << np.maximum(segment - 1, 0))
    decoded: Pcm = np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)
    return decoded
