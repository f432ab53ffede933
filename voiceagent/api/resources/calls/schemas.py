"""Calls as API clients see them. Fields are only ever added."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from voiceagent.api.resources.retention.schemas import CallRetention

_PII = "Personal data."


class CallState(StrEnum):
    """Where a call stands; `failed` says by `ended_reason` why."""

    RINGING = "ringing"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    REJECTED = "rejected"


class EndedBy(StrEnum):
    CALLER = "caller"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"


class Purpose(StrEnum):
    """What somebody listens to a recording for."""

    QUALITY = "quality"
    TRAINING = "training"
    COMPLAINT = "complaint"
    DSAR = "dsar"
    LEGAL = "legal"
    SECURITY = "security"


class AgentRef(BaseModel):
    """The agent profile that answered, in the version that the call ran with."""

    profile: str
    version: int


class SipFacts(BaseModel):
    call_id: str
    final_code: int | None = Field(description="Of a rejected call.")
    explanation: str = Field(description="Which rule rejected the call and what to change.")


class DisclosureFacts(BaseModel):
    status: Literal["none", "cut_short", "completed"] = Field(description="Whether the caller was told it is an AI.")


class ConsentFacts(BaseModel):
    recording: Literal["none", "granted", "denied", "withdrawn"]


class RecordingFacts(BaseModel):
    status: Literal["off", "on", "sealed"]


class LatencyFacts(BaseModel):
    """End of the caller's speech to the agent's first sample."""

    responses: int
    reaction_p50_ms: int | None
    reaction_p95_ms: int | None


class Call(BaseModel):
    """One call, from the moment it reached us."""

    model_config = ConfigDict(populate_by_name=True)

    id: str
    tenant_id: str
    direction: str
    transport: str
    status: CallState
    from_: str = Field(alias="from", description=_PII)
    to: str
    trunk: str
    agent: AgentRef
    codec: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    duration_ms: int
    result: str | None = Field(description="success, or whose fault: client, server, upstream.")
    ended_reason: str | None
    ended_detail: str
    ended_by: EndedBy | None
    sip: SipFacts
    disclosure: DisclosureFacts
    consent: ConsentFacts
    recording: RecordingFacts
    latency: LatencyFacts
    barge_ins: int
    worker_losses: int


class WriteBackState(StrEnum):
    NOT_WANTED = "not_wanted"  # the profile does not ask for it
    NOT_YET = "not_yet"  # the call has not ended
    NOT_OWED = "not_owed"  # nobody was talked to
    WAITING = "waiting"
    RUNNING = "running"
    NOTED = "noted"
    NO_CONTACT = "no_contact"  # the CRM knows nobody with that number
    FAILED = "failed"  # a dead letter: see the job


class WriteBackFacts(BaseModel):
    """How far the call's summary is on its way to the CRM."""

    state: WriteBackState
    job_id: int | None = Field(description="Under /v1/jobs; finished jobs are removed after a while.")


class CallDetail(Call):
    """One call, with what is only shown of a single one."""

    write_back: WriteBackFacts
    retention: CallRetention


class Event(BaseModel):
    """One entry of the call's log; `seq` counts from 1 without gaps. `data` may hold personal data."""

    seq: int
    at: datetime
    type: str
    data: dict[str, Any]


class EventPage(BaseModel):
    """`next_after_seq` is null when the log has no more events now."""

    items: list[Event]
    next_after_seq: int | None


class Segment(BaseModel):
    """Words that were heard or played. Without consent to keep words, `text` is empty and `withheld` true."""

    seq: int
    speaker: Literal["caller", "agent"]
    kind: str
    text: str = Field(description=_PII)
    start_ms: int = Field(description="On the call's media clock: 0 is the first frame after answer.")
    end_ms: int
    completed: bool = Field(description="False when the caller cut the utterance short.")
    understood: bool
    confidence: float
    withheld: bool


class Transcript(BaseModel):
    call_id: str
    segments: list[Segment]


class Consent(BaseModel):
    """One piece of evidence. Times are on the call's media clock; null: not heard, or not to its end."""

    seq: int = Field(description="Of the event in the call's log.")
    at: datetime
    kind: str = Field(
        description="disclosure_played, notice_played, implied_after_notice, granted, denied, withdrawn or expired."
    )
    purpose: str
    method: str = Field(description="How it was answered: voice, dtmf, or by going on after a notice.")
    prompt: str | None = Field(description="What was told or asked, word for word; null when no such text was kept.")
    prompt_sha256: str
    language: str
    completed: bool = Field(description="Whether it was told to its end.")
    prompt_start_ms: int | None
    prompt_end_ms: int | None
    answer: str = Field(description=_PII)
    answer_start_ms: int | None
    answer_end_ms: int | None
    confidence: float
    rule: str = Field(description="By which the answer was understood.")
    keeps_earlier: bool = Field(description="Of a withdrawal: whether what was recorded until then stays.")
    agent: AgentRef


class ConsentSound(BaseModel):
    """How a spoken yes sounded. The file itself is in the package of an export."""

    id: str
    purpose: str
    state: Literal["kept", "deleted"]
    sha256: str
    start_ms: int
    duration_ms: int


class CallConsents(BaseModel):
    """The evidence, append only, and the state that follows from it."""

    call_id: str
    recording: Literal["none", "granted", "denied", "withdrawn"]
    items: list[Consent]
    sounds: list[ConsentSound]


class ActionAccepted(BaseModel):
    """The gateway that runs the call has been told; the call's events say when it is done."""

    call_id: str
    action: str
    status: Literal["accepted"] = "accepted"
