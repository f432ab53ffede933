"""The call detail record: one row per call, folded from its events by `telephony.cdr`."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, Index, Integer, false
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column
from voiceagent.telephony.cdr import CallStatus, ConsentState, DisclosureStatus, RecordingState

_META = RetentionClass.METADATA


def _one_of(name: str, values: type[CallStatus | ConsentState | DisclosureStatus | RecordingState]) -> CheckConstraint:
    allowed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{name} IN ({allowed})", name=name)


class CallModel(TenantOwned, Base):
    """Field by field a `telephony.cdr.CallDetailRecord`. No foreign key to tenants: evidence is never refused."""

    __tablename__ = "calls"
    __table_args__ = (
        _one_of("status", CallStatus),
        _one_of("disclosure", DisclosureStatus),
        _one_of("consent", ConsentState),
        _one_of("recording", RecordingState),
        Index(None, "tenant_id", "started_at", "call_id"),
        Index(None, "tenant_id", "caller", "started_at", "call_id"),
        Index(None, "tenant_id", "direction", "started_at", "call_id"),
        Index(None, "tenant_id", "status", "result", "started_at", "call_id"),
    )

    call_id: Mapped[str] = column(_META, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_META, Pii.NONE)
    last_seq: Mapped[int] = column(_META, Pii.NONE)
    started_at: Mapped[datetime] = column(_META, Pii.NONE)
    answered_at: Mapped[datetime | None] = column(_META, Pii.NONE)
    ended_at: Mapped[datetime | None] = column(_META, Pii.NONE)
    status: Mapped[str] = column(_META, Pii.NONE)
    direction: Mapped[str] = column(_META, Pii.NONE)
    transport: Mapped[str] = column(_META, Pii.NONE)
    caller: Mapped[str] = column(_META, Pii.NUMBER)
    callee: Mapped[str] = column(_META, Pii.NUMBER)
    trunk: Mapped[str] = column(_META, Pii.NONE)
    profile: Mapped[str] = column(_META, Pii.NONE)
    profile_version: Mapped[int] = column(_META, Pii.NONE)
    sip_call_id: Mapped[str] = column(_META, Pii.NETWORK)  # many user agents put their address into it
    write_back: Mapped[bool] = column(_META, Pii.NONE, default=False, server_default=false())
    codec: Mapped[str] = column(_META, Pii.NONE)
    worker_id: Mapped[str] = column(_META, Pii.NONE)
    worker_losses: Mapped[int] = column(_META, Pii.NONE)
    duration_ms: Mapped[int] = column(_META, Pii.NONE)
    result: Mapped[str] = column(_META, Pii.NONE)
    reason: Mapped[str] = column(_META, Pii.NONE)
    detail: Mapped[str] = column(_META, Pii.NONE)
    sip_code: Mapped[int] = column(_META, Pii.NONE)
    explanation: Mapped[str] = column(_META, Pii.NUMBER)
    source: Mapped[str] = column(_META, Pii.NETWORK)
    disclosure: Mapped[str] = column(_META, Pii.NONE)
    consent: Mapped[str] = column(_META, Pii.NONE)
    recording: Mapped[str] = column(_META, Pii.NONE)
    caller_segments: Mapped[int] = column(_META, Pii.NONE)
    agent_utterances: Mapped[int] = column(_META, Pii.NONE)
    barge_ins: Mapped[int] = column(_META, Pii.NONE)
    response_latencies_ms: Mapped[list[int]] = column(_META, Pii.NONE, ARRAY(Integer))
