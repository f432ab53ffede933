"""Retention as API clients see it. Fields are only ever added."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from voiceagent.core.content_class import ContentClass

ClassName = Literal["audio", "transcript", "tool", "metadata", "consent"]
Tag = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_.-]*$")]


def name_of(content_class: ContentClass) -> ClassName:
    """The class as people say it."""
    names: dict[ContentClass, ClassName] = {
        ContentClass.AUDIO: "audio",
        ContentClass.TRANSCRIPT: "transcript",
        ContentClass.TOOL: "tool",
        ContentClass.METADATA: "metadata",
        ContentClass.CONSENT: "consent",
    }
    return names[content_class]


def class_of(name: ClassName) -> ContentClass:
    return ContentClass[name.upper()]


class PolicySelector(BaseModel):
    """Which calls: all that is given must apply; {} means every call of the tenant."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field("", max_length=64, description="A number of ours.")
    profile: str = Field("", max_length=128, description="The agent profile that answered.")
    tag: Tag | Literal[""] = Field("", description="A tag of the call.")


class NewPolicy(BaseModel):
    """A version of a rule. The one before it for the same selector and class stays readable and counts no more."""

    model_config = ConfigDict(extra="forbid")

    selector: PolicySelector = PolicySelector()
    content_class: ClassName
    days: int | None = Field(None, description="After the call's end. There is none without an end.")
    effective_from: datetime | None = Field(None, description="Null: at once.")


class Policy(BaseModel):
    id: str
    selector: PolicySelector
    content_class: ClassName
    days: int
    action: Literal["delete", "pseudonymise"]
    version: int
    effective_from: datetime
    created_at: datetime
    created_by: str = Field(description="A user or an API key.")


class ClassReport(BaseModel):
    """One class in one run. `kept` are calls that the run looked at and left, `held` those of them under a hold."""

    calls: int
    rows: int
    files: int
    kept: int
    held: int
    oldest_kept: datetime | None


class RunError(BaseModel):
    call_id: str
    content_class: ClassName
    problem: str


class PurgeRun(BaseModel):
    """What one run of the purge did, or with `dry_run` would have done."""

    id: str
    state: Literal["waiting", "running", "done", "failed"]
    dry_run: bool
    asked_by: str = Field(description="A user, an API key, or `schedule`.")
    started_at: datetime
    ended_at: datetime | None
    counts: dict[ClassName, ClassReport]
    errors: list[RunError]


class NewRun(BaseModel):
    model_config = ConfigDict(extra="forbid")

    dry_run: bool = Field(default=False, description="Only count what would go.")


class Fate(BaseModel):
    """What becomes of one class of a call's content, and by which rule."""

    content_class: ClassName
    state: Literal["kept", "due", "restricted", "purged"] = Field(
        description="`due`: its term is over and the next hourly run takes it."
    )
    until: datetime | None = Field(
        description="When its term is over; null while a hold is on it. Purged: when it went."
    )
    reason: str = Field(description="The rule that won: legal_hold, legal_minimum, legal_maximum, policy or default.")
    source: str = Field(description="Which hold, policy or legal basis.")


class CallRetention(BaseModel):
    """What becomes of a call, and when."""

    call_id: str
    tags: list[str]
    holds: list[str] = Field(description="Legal holds that are on it.")
    classes: list[Fate]
