"""Evidence of disclosure and consent."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Float, ForeignKey, Integer
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_CONSENT = RetentionClass.CONSENT


class ConsentEventModel(TenantOwned, Base):
    """Append only: a trigger refuses UPDATE. The state of consent is a fold over these rows."""

    __tablename__ = "consent_events"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('disclosure_played', 'notice_played', 'granted', 'denied', 'withdrawn')", name="kind"
        ),
    )

    call_id: Mapped[str] = column(_CONSENT, Pii.NONE, ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = column(_CONSENT, Pii.NONE, Integer, primary_key=True, autoincrement=False)
    tenant_id: Mapped[str] = column(_CONSENT, Pii.NONE)
    at: Mapped[datetime] = column(_CONSENT, Pii.NONE)
    kind: Mapped[str] = column(_CONSENT, Pii.NONE)
    purpose: Mapped[str] = column(_CONSENT, Pii.NONE)
    method: Mapped[str] = column(_CONSENT, Pii.NONE)
    prompt_sha256: Mapped[str] = column(_CONSENT, Pii.NONE)
    language: Mapped[str] = column(_CONSENT, Pii.NONE)
    start_ms: Mapped[int] = column(_CONSENT, Pii.NONE)
    end_ms: Mapped[int] = column(_CONSENT, Pii.NONE)
    completed: Mapped[bool] = column(_CONSENT, Pii.NONE)
    answer: Mapped[str] = column(_CONSENT, Pii.SPEECH)
    confidence: Mapped[float] = column(_CONSENT, Pii.NONE, Float)
