"""What repositories hand out: frozen values, never rows that are still tied to a session."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from voiceagent.records.base import Base

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """One entry of a call's log; `data` as in `telephony.event_codec`. PII."""

    seq: int
    at: datetime
    type: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptSegment:
    """`text` is what was heard or played, `planned` what the agent meant to say. PII."""

    seq: int
    speaker: str  # caller | agent
    kind: str
    text: str
    planned: str
    start_ms: int
    end_ms: int
    completed: bool
    understood: bool
    confidence: float
    intent: str
    utterance_id: str
    withheld: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEvidence:
    """One piece of evidence. `answer` is PII. Times of -1: it was not heard, or not to its end."""

    seq: int
    at: datetime
    kind: str  # disclosure_played | notice_played | implied_after_notice | granted | denied | withdrawn | expired
    purpose: str
    method: str
    prompt_sha256: str
    language: str
    start_ms: int
    end_ms: int
    completed: bool
    answer: str
    confidence: float
    profile: str
    profile_version: int
    prompt_start_ms: int
    prompt_end_ms: int
    answer_start_ms: int
    answer_end_ms: int
    rule: str
    keeps_earlier: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentClip:
    """The sound of a spoken yes; PII. `path` and `key_id` as of a recording."""

    id: str
    call_id: str
    tenant_id: str
    at: datetime
    purpose: str
    state: str  # kept | deleted
    path: str
    sha256: str
    size_bytes: int
    start_ms: int
    duration_ms: int
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One tool call. `arguments` and `result` are PII."""

    id: str
    seq: int
    at: datetime
    delegation_id: str
    name: str
    arguments: dict[str, Any]
    result: dict[str, Any]
    status: str
    error: str
    duration_ms: int
    withheld: bool
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """`path` is relative to the blob root; empty until sealed. `key_id`: the data key it lies under, or "" for none."""

    id: str
    call_id: str
    tenant_id: str
    state: str  # open | sealed | deleted
    started_at: datetime | None
    sealed_at: datetime | None
    start_ms: int
    duration_ms: int
    channels: int
    path: str
    sha256: str
    size_bytes: int
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTransfer:
    """Where a reference leads: the entry `seq` of that call's log."""

    reference: str
    call_id: str
    seq: int
    requested_at: datetime | None
    target: str
    state: str  # requested | completed | failed
    sip_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCallback:
    """Somebody to call. `number` and `intent` are PII."""

    id: str
    call_id: str
    requested_at: datetime
    number: str
    reason: str  # asked | closed | unreached
    intent: str
    state: str  # open | closed
    outcome: str
    closed_at: datetime | None
    closed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLeg:
    id: str
    transport: str
    codec: str
    ringing_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    result: str
    reason: str
    detail: str
    packets_received: int
    packets_lost: int
    jitter_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    id: str
    name: str
    settings: dict[str, Any]
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    id: str
    number: str
    profile: str
    managed_by: str  # settings | api
    settings: dict[str, Any]
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredProfile:
    id: str
    name: str
    version: int
    sha256: str
    document: dict[str, Any]
    created_at: datetime
    retired_at: datetime | None  # since when no settings name it


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key without its secret. `holder` answers for it: the user or the first key that it was made with, or itself."""

    id: str
    tenant_id: str
    name: str
    prefix: str
    scopes: frozenset[str]
    holder: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    networks: tuple[str, ...] = ()  # from which it may be used; none given: from all

    def is_valid(self, now: datetime) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class JobState(StrEnum):
    """Names are procrastinate's; `failed` is a dead letter."""

    WAITING = "todo"
    RUNNING = "doing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`attempts` have ended since it was entered or retried by hand; `due_at` is when the next may begin."""

    id: int
    task: str
    state: JobState
    arguments: dict[str, str]
    attempts: int
    entered_at: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobAttempt:
    """`error` says why it did not succeed; PII, since other systems' messages are."""

    started_at: datetime
    ended_at: datetime
    outcome: str  # succeeded | failed | interrupted | lost
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWriteBack:
    """`outcome` is "" until it is settled; `job_state` is None when its job is no longer kept."""

    job_id: int | None
    outcome: str
    job_state: JobState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEndpoint:
    """Where webhooks go. Its secret follows from `id` and `secret_version`."""

    id: str
    url: str
    description: str
    event_types: list[str]
    secret_version: int
    older_secret_until: datetime | None
    created_at: datetime
    disabled_at: datetime | None
    disabled_because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDelivery:
    """One event for one endpoint. `answered`: the last HTTP status, 0 when there was none."""

    id: str
    call_id: str | None  # or of an export, or of a campaign
    export_id: str | None
    campaign_id: str | None
    seq: int
    event_type: str
    occurred_at: datetime
    entered_at: datetime
    state: str  # pending | delivered | dead
    attempts: int
    answered: int
    problem: str
    tried_at: datetime | None
    due_at: datetime | None


def value_of(row: Base, kind: type[T]) -> T:
    """Copy a row's attributes into the frozen dataclass `kind` by name."""
    return kind(**{field.name: getattr(row, field.name) for field in fields(kind)})  # type: ignore[arg-type]
