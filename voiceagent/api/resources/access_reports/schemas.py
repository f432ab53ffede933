"""Access reports as API clients see them. Fields are only ever added."""

from datetime import datetime

from pydantic import BaseModel, Field


class ReportedWeek(BaseModel):
    """A week of ISO 8601, from Monday to Monday in UTC, and who looked at its report last."""

    week: str = Field(description="Such as 2026-W47.")
    since: datetime
    until: datetime
    read_at: datetime | None = Field(description="When somebody looked at it after its end; null when nobody did.")
    read_by: str = Field(description="A user or an API key.")


class Opened(BaseModel):
    """Objects on each day, added up: a recording that is opened on two days counts twice."""

    recordings: int
    words: int = Field(description="Calls whose transcript, log or consent was read.")
    transfers: int = Field(description="What was handed over with a call.")
    packages: int = Field(description="Exports that were downloaded, or made on the machine.")


class Access(BaseModel):
    """What one holder opened: a person with the keys of their making, or a key that answers for itself."""

    holder: str = Field(description="A user or a key; `operator` for all who have a shell on the machine.")
    actors: list[str] = Field(description="The ids in the audit log: the user, and keys.")
    opened: Opened
    raw: int = Field(description="Of it recordings, and calls whose words are kept as they were said.")
    most_raw_in_a_day: int = Field(description="To hold against `api.limits.raw_reads_per_day`.")
    refused: int = Field(description="How often they wanted more than they may have.")
    purposes: dict[str, int] = Field(description="What for, as they said.")


class AccessReport(BaseModel):
    """Who opened what callers said, most first. Who looks at it is noted."""

    week: str
    since: datetime
    until: datetime
    items: list[Access]
