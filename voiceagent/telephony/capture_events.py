"""That a value was captured securely, and how that ended; never what was typed, nor how much of it."""

from dataclasses import dataclass
from typing import ClassVar

from voiceagent.telephony.call_event import CallEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureStarted(CallEvent):
    """From here on nothing of the call is recorded, heard or noted."""

    TYPE: ClassVar[str] = "capture.started"
    slot: str  # of the profile
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureEnded(CallEvent):
    """It is over, but for a second of sound. reason: complete | cancelled | attempts | timeout | call_over."""

    TYPE: ClassVar[str] = "capture.ended"
    slot: str
    reason: str
    at_ms: int
