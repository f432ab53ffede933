"""What the scripted caller hears: is the other side speaking, for how long, since when is it silent. Pure.

Level-based with hysteresis: the caller is the measuring side and hears a clean line. Time is counted in frames.
"""

from typing import Final

from voiceagent.audio.frame import FRAME_MS, from_bytes
from voiceagent.audio.level import rms_dbfs
from voiceagent.audio.spans import OFF_DBFS, ON_DBFS

_PAUSE_MS: Final = 600  # shorter silences are pauses within one stretch of talk: between sentences, at a comma


class LineHearing:
    """Follows the far end's speech, 20 ms at a time."""

    def __init__(self) -> None:
        self.audible = False  # in the last frame
        self.silent_ms = 0  # since the last audible frame; since the start when nothing was heard yet
        self.stretch_ms = 0  # how long the present stretch of talk lasts, pauses within it included
        self.spoken_ms = 0  # audible time since the last `begin`

    @property
    def speaking(self) -> bool:
        """Within a stretch of talk: audible, or in a pause of it."""
        return self.stretch_ms > 0

    def begin(self) -> None:
        """Count `spoken_ms` from here."""
        self.spoken_ms = 0

    def hear(self, frame: bytes) -> None:
        """Take the next 20 ms."""
        level = rms_dbfs(from_bytes(frame))
        self.audible = level >= (OFF_DBFS if self.audible else ON_DBFS)
        if self.audible:
            self.silent_ms = 0
            self.spoken_ms += FRAME_MS
            self.stretch_ms += FRAME_MS
            return
        self.silent_ms += FRAME_MS
        if self.stretch_ms:
            self.stretch_ms = self.stretch_ms + FRAME_MS if self.silent_ms < _PAUSE_MS else 0
