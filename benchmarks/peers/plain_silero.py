"""Silero VAD by itself, as its own `VADIterator` reads it: speech at 0.5, over when it stayed under 0.35 for 500 ms.

The model is the one that Pipecat bundles. The agent stops when speech begins and answers when it is over.
"""

from pathlib import Path

import numpy as np
from pipecat.audio import vad
from pipecat.audio.vad.silero import SileroOnnxModel

_RATE_HZ = 16_000
_SPEECH, _SILENCE = 0.5, 0.35
_OVER_MS = 500


class PlainSilero:
    """One call."""

    name = "Silero VAD 0.5, 500 ms"
    frame_ms = 32

    def __init__(self) -> None:
        self._model = SileroOnnxModel(str(Path(vad.__file__).parent / "data" / "silero_vad.onnx"))
        self._speaking = False
        self._quiet_since_ms: int | None = None
        self._now_ms = 0

    def hear(self, frame: bytes) -> list[str]:
        """What is done at the end of these 32 ms."""
        self._now_ms += self.frame_ms
        signal = np.frombuffer(frame, np.int16).astype(np.float32) / np.float32(32768.0)
        probability = float(self._model(signal, _RATE_HZ)[0].item())
        if probability >= _SPEECH:
            self._quiet_since_ms = None
            if not self._speaking:
                self._speaking = True
                return ["stop"]
        elif probability < _SILENCE and self._speaking:
            if self._quiet_since_ms is None:
                self._quiet_since_ms = self._now_ms
            if self._now_ms - self._quiet_since_ms >= _OVER_MS:
                self._speaking, self._quiet_since_ms = False, None
                return ["take"]
        return []

    def close(self) -> None:
        pass
