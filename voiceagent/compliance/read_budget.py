"""How much unmasked content somebody opens in a day: an insider who listens for fun is stopped and seen. Pure."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from voiceagent.core.errors import TooManyRequests

RAW: Final = "raw"  # the reason of an entry in the audit log whose reading counts
SPENT: Final = "read_budget"  # of one that was refused


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBudget:
    """Recordings, and calls whose words are kept as they were said, that one may open on a day (UTC). None: no bound.

    `people`: who signs in, with the keys that they made. `systems`: a key that answers for itself, with those that were
    made with it.
    """

    people: int | None = 50
    systems: int | None = None

    def most(self, *, is_person: bool) -> int | None:
        return self.people if is_person else self.systems


def check(opened: AbstractSet[object], wanted: object, most: int, now: datetime) -> None:
    """`opened` today; what was opened stays open. Raises TooManyRequests until midnight."""
    if wanted not in opened and len(opened) >= most:
        raise TooManyRequests(
            f"you have opened {most} recordings and unmasked calls today, which is the most in a day; those stay open, "
            "others from midnight UTC on. Who needs more asks whoever runs the installation for "
            "api.limits.raw_reads_per_day",
            retry_after_s=int((day_of(now) + timedelta(days=1) - now).total_seconds()) + 1,
        )


def day_of(now: datetime) -> datetime:
    """When the day began (UTC)."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
