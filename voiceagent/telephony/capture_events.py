"""That a value was captured securely, and how that ended; never what was typed, nor how much of it."""

from dataclasses import dataclass
from typing import ClassVar, Final

from voiceagent.telephony.call_event import CallEvent

TAIL_MS: Final = 3_000  # since the last figure; sound and keys of so long after the end belong to a capture too


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureStarted(CallEvent):
    """From here on nothing of the call is recorded, heard or noted."""

    TYPE: ClassVar[str] = "capture.started"
    slot: str  # of the profile
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureEnded(CallEvent):
    """It is over, but for its tail (`TAIL_MS`). reason: complete | cancelled | attempts | timeout | call_over."""

    TYPE: ClassVar[str] = "capture.ended"
    slot: str
    reason: str
    at_ms: int
