"""Jobs as API clients see them. Fields are only ever added."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from voiceagent.records.values import JobState

_PII = "May quote an outside system, so it may hold personal data."


class Job(BaseModel):
    """`failed` is a dead letter: nobody tries it again unless you ask for it."""

    id: int
    task: str = Field(description="What is to be done, e.g. write_back.")
    state: JobState
    arguments: dict[str, str] = Field(description="Ids of what it is about.")
    attempts: int = Field(description="Made since the job was entered, or retried by hand.")
    entered_at: datetime | None
    due_at: datetime | None = Field(description="When the next attempt may begin; null for at once.")


class Attempt(BaseModel):
    """One try. `interrupted`: by a stop of the process; `lost`: the process was gone."""

    started_at: datetime
    ended_at: datetime
    outcome: Literal["succeeded", "failed", "interrupted", "lost"]
    error: str = Field(description=_PII)


class JobDetail(Job):
    """With everything that was tried, also before a retry by hand."""

    history: list[Attempt]
    last_error: str | None = Field(description=_PII)
