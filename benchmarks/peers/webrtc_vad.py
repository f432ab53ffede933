"""WebRTC's voice activity detector with the collector that its package shows in `example.py`: frames of 30 ms, and
speech begins (or ends) when more than nine tenths of the last 300 ms are voiced (or not).

Mode 3 is the strictest, so the one that takes least noise for speech.
"""

from collections import deque

import webrtcvad

_RATE_HZ = 16_000
_MODE = 3
_FRAMES = 10  # 300 ms
_SHARE = 0.9


class WebrtcVad:
    """One call."""

    name = "webrtcvad mode 3, 300 ms"
    frame_ms = 30

    def __init__(self) -> None:
        self._vad = webrtcvad.Vad(_MODE)
        self._recent: deque[bool] = deque(maxlen=_FRAMES)
        self._speaking = False

    def hear(self, frame: bytes) -> list[str]:
        """What is done at the end of these 30 ms."""
        self._recent.append(self._vad.is_speech(frame, _RATE_HZ) != self._speaking)
        if sum(self._recent) <= _SHARE * _FRAMES:
            return []
        self._recent.clear()
        self._speaking = not self._speaking
        return ["stop"] if self._speaking else ["take"]

    def close(self) -> None:
        pass
