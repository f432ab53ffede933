"""The parties of a call: one signalling and media path each."""

from datetime import datetime

from sqlalchemy import Float, ForeignKey
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_META = RetentionClass.METADATA


class CallLegModel(TenantOwned, Base):
    __tablename__ = "call_legs"

    id: Mapped[str] = column(_META, Pii.NONE, primary_key=True)
    call_id: Mapped[str] = column(_META, Pii.NONE, ForeignKey("calls.call_id", ondelete="CASCADE"), index=True)
    tenant_id: Mapped[str] = column(_META, Pii.NONE)
    transport: Mapped[str] = column(_META, Pii.NONE)
    codec: Mapped[str] = column(_META, Pii.NONE, default="")
    ringing_at: Mapped[datetime | None] = column(_META, Pii.NONE)
    answered_at: Mapped[datetime | None] = column(_META, Pii.NONE)
    ended_at: Mapped[datetime | None] = column(_META, Pii.NONE)
    result: Mapped[str] = column(_META, Pii.NONE, default="")
    reason: Mapped[str] = column(_META, Pii.NONE, default="")
    detail: Mapped[str] = column(_META, Pii.NONE, default="")
    packets_received: Mapped[int] = column(_META, Pii.NONE, default=0)
    packets_lost: Mapped[int] = column(_META, Pii.NONE, default=0)
    jitter_ms: Mapped[float] = column(_META, Pii.NONE, Float, default=0.0)
