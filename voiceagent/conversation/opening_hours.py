"""When people are there to take a call. Pure: the moment is an argument."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from voiceagent.core.errors import BadInput

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN: Final = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_END_OF_DAY: Final = "24:00"

Spans = tuple[tuple[time, time], ...]  # [from, to); a `to` of 00:00 is the end of the day


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """Spans by day, on the clocks of `zone` (IANA name). A day that is not in it is closed."""

    zone: str
    days: Mapping[str, Spans] = field(default_factory=dict)

    def open_at(self, moment: datetime) -> bool:
        """Whether somebody is there at `moment` (with its own zone)."""
        local = moment.astimezone(ZoneInfo(self.zone))
        spans = self.days.get(DAYS[local.weekday()], ())
        at = local.time()
        return any(begin <= at and (at < end or end == time.min) for begin, end in spans)


def parse_spans(text: str) -> Spans:
    """`08:00-12:00, 13:00-18:00` as spans; "" is closed. Raises BadInput."""
    return tuple(_span(piece.strip()) for piece in text.split(",") if piece.strip())


def _span(text: str) -> tuple[time, time]:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise BadInput(f"'{text}' is not a span like 08:00-18:00")
    begin, end = (f"{int(hour):02}:{minute}" for hour, minute in (found.groups()[:2], found.groups()[2:]))
    try:
        span = time.fromisoformat(begin), time.min if end == _END_OF_DAY else time.fromisoformat(end)
    except ValueError as error:
        raise BadInput(f"'{text}' has a time that no clock shows") from error
    if span[1] != time.min and span[0] >= span[1]:
        raise BadInput(f"'{text}' ends before it begins; write a span over midnight as two")
    if span[1] == time.min and end != _END_OF_DAY:
        raise BadInput(f"'{text}' ends at 00:00; write {_END_OF_DAY} for the end of the day")
    return span
