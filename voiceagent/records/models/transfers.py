"""Callers who were handed over to people: at once (transfers), or later (callbacks)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_META = RetentionClass.METADATA


class TransferModel(TenantOwned, Base):
    """Where a reference leads. What the caller wanted is in the call's log, under its retention."""

    __tablename__ = "transfers"
    __table_args__ = (CheckConstraint("state IN ('requested', 'completed', 'failed')", name="state"),)

    reference: Mapped[str] = column(_META, Pii.NONE, primary_key=True)
    call_id: Mapped[str] = column(_META, Pii.NONE, ForeignKey("calls.call_id", ondelete="CASCADE"), index=True)
    tenant_id: Mapped[str] = column(_META, Pii.NONE)
    seq: Mapped[int] = column(_META, Pii.NONE, default=0)
    requested_at: Mapped[datetime | None] = column(_META, Pii.NONE)
    target: Mapped[str] = column(_META, Pii.NONE, default="")
    state: Mapped[str] = column(_META, Pii.NONE)
    sip_code: Mapped[int] = column(_META, Pii.NONE, default=0)


class CallbackModel(TenantOwned, Base):
    """Somebody is to be called. The number is kept without consent to keep words: it was given for this."""

    __tablename__ = "callbacks"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        Index(None, "tenant_id", "state", "requested_at", "id"),
    )

    id: Mapped[str] = column(_META, Pii.NONE, primary_key=True)
    call_id: Mapped[str] = column(_META, Pii.NONE, ForeignKey("calls.call_id", ondelete="CASCADE"), index=True)
    tenant_id: Mapped[str] = column(_META, Pii.NONE)
    requested_at: Mapped[datetime] = column(_META, Pii.NONE)
    number: Mapped[str] = column(_META, Pii.NUMBER)
    reason: Mapped[str] = column(_META, Pii.NONE)
    intent: Mapped[str] = column(_META, Pii.SPEECH)
    state: Mapped[str] = column(_META, Pii.NONE, default="open")
    outcome: Mapped[str] = column(_META, Pii.NONE, default="")
    closed_at: Mapped[datetime | None] = column(_META, Pii.NONE)
    closed_by: Mapped[str] = column(_META, Pii.NONE, default="")
