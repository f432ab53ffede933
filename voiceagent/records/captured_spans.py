"""When a recording is silent because of what may not be stored: captured securely, or said unasked. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from voiceagent.telephony.capture_events import TAIL_MS, CaptureEnded, CaptureStarted

CAPTURE_EVENTS: Final = (CaptureStarted.TYPE, CaptureEnded.TYPE)
_TAIL: Final = timedelta(milliseconds=TAIL_MS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedSpan:
    """The time from the question on, with the tail behind its end. until: None when the log does not tell the end."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SilencedSpan:
    """Milliseconds after the answer in which a recording was silenced when it had been written."""

    recording_id: str
    start_ms: int
    end_ms: int


def captured_spans(log: Iterable[tuple[str, datetime]]) -> tuple[CapturedSpan, ...]:
    """From (type, time) of the events of one call, in order. One that begins in another's tail goes on from it."""
    found: list[CapturedSpan] = []
    for kind, at in log:
        if kind == CaptureStarted.TYPE:
            joins = bool(found) and (found[-1].until is None or at <= found[-1].until)
            found.append(CapturedSpan(since=found.pop().since if joins else at, until=None))
        elif kind == CaptureEnded.TYPE and found:
            found.append(CapturedSpan(since=found.pop().since, until=at + _TAIL))
    return tuple(found)
