"""Retention as it is stored: policies, legal holds, what a purge deleted. Frozen values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from voiceagent.core.content_class import ContentClass

FOLLOW_HOLD: Final = "follow_hold"  # the job that lets objects in a bucket follow a hold, or a call's tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Which calls: those to which everything that is given applies; nothing given means all calls of the tenant.

    `number` is ours (the line), `caller` the other side's and so personal data.
    """

    call_id: str = ""
    tag: str = ""
    caller: str = ""
    number: str = ""
    profile: str = ""

    def as_json(self) -> dict[str, str]:
        """Only what is given, in a fixed order: equal selectors are equal JSON."""
        return {name: value for name, value in sorted(asdict(self).items()) if value}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**{name: str(value) for name, value in stored.items() if name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """What rules look at. `ended_at` is when the terms begin. `caller` is PII."""

    call_id: str
    ended_at: datetime
    number: str = ""
    caller: str = ""
    profile: str = ""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """One version of a rule: content of a class, of the calls selected, lives `days` after the call's end."""

    id: str
    selector: Selector
    content_class: ContentClass
    days: int
    action: str  # delete | pseudonymise
    version: int
    effective_from: datetime
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """An order that stops deletion. `reason` may name people: PII. Released when two people have agreed."""

    id: str
    matter: str
    selector: Selector
    classes: frozenset[ContentClass]
    reason: str
    placed_by: str
    placed_at: datetime
    release_asked_by: str = ""
    release_asked_at: datetime | None = None
    approved_by: str = ""
    released_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgedClass:
    """That a class of a call's content was deleted, when, and by which rule."""

    content_class: ContentClass
    purged_at: datetime
    why: str


@dataclass(slots=True, kw_only=True)
class ClassCount:
    """What a run found and did in one class. `oldest_kept` is the earliest end of a call whose content is kept."""

    calls: int = 0
    rows: int = 0
    files: int = 0
    kept: int = 0
    held: int = 0
    oldest_kept: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeRun:
    """The report of one run. `counts` by class letter; `errors` name a call and the kind of problem."""

    id: str
    state: str  # waiting | running | done | failed
    dry_run: bool
    asked_by: str
    started_at: datetime
    ended_at: datetime | None = None
    counts: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)
