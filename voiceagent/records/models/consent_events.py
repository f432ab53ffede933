"""Evidence of disclosure and consent: what happened, in which words we asked, and how a yes sounded."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Float, ForeignKey, Integer
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_CONSENT = RetentionClass.CONSENT
_AUDIO = RetentionClass.AUDIO


class ConsentEventModel(TenantOwned, Base):
    """Append only: a trigger refuses UPDATE. The state of consent is a fold over these rows."""

    __tablename__ = "consent_events"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('disclosure_played', 'notice_played', 'implied_after_notice', 'granted', 'denied', 'withdrawn',"
            " 'expired')",
            name="kind",
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
    profile: Mapped[str] = column(_CONSENT, Pii.NONE, default="", server_default="")
    profile_version: Mapped[int] = column(_CONSENT, Pii.NONE, default=0, server_default="0")
    prompt_start_ms: Mapped[int] = column(_CONSENT, Pii.NONE, default=-1, server_default="-1")
    prompt_end_ms: Mapped[int] = column(_CONSENT, Pii.NONE, default=-1, server_default="-1")
    answer_start_ms: Mapped[int] = column(_CONSENT, Pii.NONE, default=-1, server_default="-1")
    answer_end_ms: Mapped[int] = column(_CONSENT, Pii.NONE, default=-1, server_default="-1")
    rule: Mapped[str] = column(_CONSENT, Pii.NONE, default="", server_default="")
    keeps_earlier: Mapped[bool] = column(_CONSENT, Pii.NONE, default=False, server_default="false")


class ConsentClipModel(TenantOwned, Base):
    """The sound of a spoken yes, at most 15 s. `path` is relative to the blob root, `key_id` as of recordings."""

    __tablename__ = "consent_clips"
    __table_args__ = (CheckConstraint("state IN ('kept', 'deleted')", name="state"),)

    id: Mapped[str] = column(_AUDIO, Pii.NONE, primary_key=True)
    call_id: Mapped[str] = column(_AUDIO, Pii.NONE, ForeignKey("calls.call_id", ondelete="CASCADE"), index=True)
    tenant_id: Mapped[str] = column(_AUDIO, Pii.NONE)
    at: Mapped[datetime] = column(_AUDIO, Pii.NONE)
    purpose: Mapped[str] = column(_AUDIO, Pii.NONE)
    state: Mapped[str] = column(_AUDIO, Pii.NONE)
    path: Mapped[str] = column(_AUDIO, Pii.NONE)
    sha256: Mapped[str] = column(_AUDIO, Pii.NONE)
    size_bytes: Mapped[int] = column(_AUDIO, Pii.NONE, BigInteger)
    start_ms: Mapped[int] = column(_AUDIO, Pii.NONE)
    duration_ms: Mapped[int] = column(_AUDIO, Pii.NONE)
    key_id: Mapped[str] = column(_AUDIO, Pii.NONE, default="", server_default="")


class PromptTextModel(TenantOwned, Base):
    """A text that callers were told, by the sha256 of it: what `prompt_sha256` of evidence leads to. Never changed."""

    __tablename__ = "prompt_texts"

    tenant_id: Mapped[str] = column(_CONSENT, Pii.NONE, primary_key=True)
    sha256: Mapped[str] = column(_CONSENT, Pii.NONE, primary_key=True)
    text: Mapped[str] = column(_CONSENT, Pii.NONE)
    language: Mapped[str] = column(_CONSENT, Pii.NONE)
    first_used_at: Mapped[datetime] = column(_CONSENT, Pii.NONE)
