"""When somebody may be called: hours and days on their own clock."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

DAY_MINUTES: Final = 24 * 60
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")

Span = tuple[int, int]  # minutes from midnight; the end is outside


def parse_span(text: str) -> Span:
    """`08:00-21:00`. Raises ValueError."""
    found = _SPAN.fullmatch(text)
    hours = [int(part) for part in found.groups()] if found else [0, 0, 0, 0]
    begin, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if not begin < end <= DAY_MINUTES:
        raise ValueError(f"{text!r} is no span of a day; write it like 08:00-21:00")
    return begin, end


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTimes:
    """Every span on every day; no span, or no day, is never. `days`: 0 is Monday."""

    spans: tuple[Span, ...] = ((0, DAY_MINUTES),)
    days: tuple[int, ...] = tuple(range(7))

    def allow(self, local: datetime) -> bool:
        """`local` is the callee's wall clock."""
        minute = local.hour * 60 + local.minute
        return local.weekday() in self.days and any(begin <= minute < end for begin, end in self.spans)

    def __and__(self, other: "CallTimes") -> "CallTimes":
        """When both allow it."""
        cut = [(max(a, c), min(b, d)) for a, b in self.spans for c, d in other.spans]
        spans = joined(span for span in cut if span[0] < span[1])
        return CallTimes(spans=spans, days=tuple(sorted(set(self.days) & set(other.days))))


ALWAYS: Final = CallTimes()


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same minutes in order, with spans that touch made one."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return tuple(found)
