"""How loud: levels in dBFS (RMS, 0 is a full-scale square wave) and envelopes for drawing. Pure."""

from typing import Final

import numpy as np
import numpy.typing as npt

from voiceagent.audio.frame import Pcm, to_float
from voiceagent.audio.tone import SILENT_DBFS

Levels = npt.NDArray[np.float32]  # (windows,)

_QUIETEST: Final = 10 ** (SILENT_DBFS / 20)


def rms_dbfs(pcm: Pcm) -> float:
    """Level of `pcm` (samples,); SILENT_DBFS for silence and for no samples at all."""
    return float(levels_dbfs(pcm, len(pcm))[0]) if len(pcm) else SILENT_DBFS


def levels_dbfs(pcm: Pcm, window_samples: int) -> Levels:
    """The level of each whole window of `window_samples`; samples behind the last whole window are left out."""
    windows = len(pcm) // window_samples
    shaped = to_float(pcm[: windows * window_samples]).reshape(windows, window_samples)
    rms = np.sqrt(np.mean(np.square(shaped), axis=1))
    levels: Levels = np.maximum(20 * np.log10(np.maximum(rms, _QUIETEST)), SILENT_DBFS).astype(np.float32)
    return levels


def envelope(pcm: Pcm, buckets: int) -> Levels:
    """The peak of |signal| in [0, 1] in each of `buckets` equal parts of `pcm`: a waveform as a picture shows it."""
    if not len(pcm):
        return np.zeros(buckets, np.float32)
    edges = np.linspace(0, len(pcm), buckets + 1).astype(np.int64)[:-1]
    peaks: Levels = np.maximum.reduceat(np.abs(to_float(pcm)), np.minimum(edges, len(pcm) - 1))
    return peaks
