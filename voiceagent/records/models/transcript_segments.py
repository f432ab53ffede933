"""Who said what, when: only words that were really heard or played."""

from sqlalchemy import CheckConstraint, Float, ForeignKey, Integer
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_TRANSCRIPT = RetentionClass.TRANSCRIPT


class TranscriptSegmentModel(TenantOwned, Base):
    """`seq` is that of the event that said it; times are ms on the call's media clock."""

    __tablename__ = "transcript_segments"
    __table_args__ = (CheckConstraint("speaker IN ('caller', 'agent')", name="speaker"),)

    call_id: Mapped[str] = column(
        _TRANSCRIPT, Pii.NONE, ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = column(_TRANSCRIPT, Pii.NONE, Integer, primary_key=True, autoincrement=False)
    tenant_id: Mapped[str] = column(_TRANSCRIPT, Pii.NONE)
    speaker: Mapped[str] = column(_TRANSCRIPT, Pii.NONE)
    kind: Mapped[str] = column(_TRANSCRIPT, Pii.NONE)
    text: Mapped[str] = column(_TRANSCRIPT, Pii.SPEECH)
    planned: Mapped[str] = column(_TRANSCRIPT, Pii.SPEECH)
    start_ms: Mapped[int] = column(_TRANSCRIPT, Pii.NONE)
    end_ms: Mapped[int] = column(_TRANSCRIPT, Pii.NONE)
    completed: Mapped[bool] = column(_TRANSCRIPT, Pii.NONE)
    understood: Mapped[bool] = column(_TRANSCRIPT, Pii.NONE)
    confidence: Mapped[float] = column(_TRANSCRIPT, Pii.NONE, Float)
    intent: Mapped[str] = column(_TRANSCRIPT, Pii.NONE)
    utterance_id: Mapped[str] = column(_TRANSCRIPT, Pii.NONE)
    withheld: Mapped[bool] = column(_TRANSCRIPT, Pii.NONE)
