"""Who opened how much of what callers said, week by week: so that an insider who listens for fun is seen. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from voiceagent.core.errors import BadInput
from voiceagent.records.audit.access import Opening

TAKEN: Final = "export.taken"  # a package that was made on the machine itself
OPENS: Final[Mapping[str, str]] = {
    "recording.read": "recordings",
    "transcript.read": "words",
    "events.read": "words",
    "consents.read": "words",
    "transfer.read": "transfers",
    "export.downloaded": "packages",
    TAKEN: "packages",
}
KINDS: Final = tuple(dict.fromkeys(OPENS.values()))
_WEEK: Final = re.compile(r"^(\d{4})-W(\d{2})\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Of ISO 8601, in UTC: from a Monday to before the next. `name` is such as 2026-W47."""

    name: str
    since: datetime
    until: datetime


@dataclass(slots=True, kw_only=True)
class Access:
    """What one holder opened: a person with the keys of their making, a key that answers for itself, or `operator` for
    all who have a shell on the machine.

    `opened`: objects on each day, by kind; `raw`: those of them that were not masked, most of them in a day.
    """

    holder: str
    actors: set[str] = field(default_factory=set)
    opened: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    purposes: dict[str, int] = field(default_factory=dict)
    raw: int = 0
    most_raw_in_a_day: int = 0
    refused: int = 0


def week_of(name: str) -> Week:
    """Raises BadInput for what is no week."""
    try:
        year, number = _WEEK.findall(name)[0]
        monday = date.fromisocalendar(int(year), int(number), 1)
        since = datetime(monday.year, monday.month, monday.day, tzinfo=UTC)
        return Week(name=name, since=since, until=since + timedelta(days=7))
    except (IndexError, ValueError, OverflowError) as error:
        raise BadInput(f"{name} is no week: write one like 2026-W47 (ISO 8601)") from error


def weeks_until(now: datetime, count: int) -> Sequence[Week]:
    """So many weeks, the one that `now` is in first."""
    days = [now.astimezone(UTC) - timedelta(weeks=back) for back in range(count)]
    return [week_of("{}-W{:02}".format(*day.isocalendar()[:2])) for day in days]


def report_of(openings: Iterable[Opening], holders: Mapping[str, str]) -> Sequence[Access]:
    """Who opened most first. `holders`: who answers for a key, by its id; others answer for themselves."""
    found: dict[str, Access] = {}
    raw: dict[tuple[str, date], int] = defaultdict(int)
    for one in openings:
        holder = holders.get(one.actor, one.actor)
        access = found.setdefault(holder, Access(holder=holder))
        access.actors.add(one.actor)
        if one.refused:
            access.refused += one.times
            continue
        access.opened[one.kind] += one.objects
        if one.purpose:
            access.purposes[one.purpose] = access.purposes.get(one.purpose, 0) + one.objects
        if one.raw:
            access.raw += one.objects
            raw[holder, one.day] += one.objects
    for (holder, _), objects in raw.items():
        found[holder].most_raw_in_a_day = max(found[holder].most_raw_in_a_day, objects)
    return sorted(found.values(), key=lambda one: (-one.raw, -sum(one.opened.values()), one.holder))
