"""Recordings on disk: where, how long, and the hash that proves they are unchanged."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_AUDIO = RetentionClass.AUDIO


class RecordingModel(TenantOwned, Base):
    """`path` is relative to the blob root. The audio itself is personal data (a voice).

    `sha256` and `size_bytes` are of the WAV file as it was sealed, also once it lies under the data key `key_id`.
    """

    __tablename__ = "recordings"
    __table_args__ = (CheckConstraint("state IN ('open', 'sealed', 'deleted')", name="state"),)

    id: Mapped[str] = column(_AUDIO, Pii.NONE, primary_key=True)
    call_id: Mapped[str] = column(_AUDIO, Pii.NONE, ForeignKey("calls.call_id", ondelete="CASCADE"), index=True)
    tenant_id: Mapped[str] = column(_AUDIO, Pii.NONE)
    state: Mapped[str] = column(_AUDIO, Pii.NONE)
    started_at: Mapped[datetime | None] = column(_AUDIO, Pii.NONE)
    sealed_at: Mapped[datetime | None] = column(_AUDIO, Pii.NONE)
    start_ms: Mapped[int] = column(_AUDIO, Pii.NONE, default=0)
    duration_ms: Mapped[int] = column(_AUDIO, Pii.NONE, default=0)
    channels: Mapped[int] = column(_AUDIO, Pii.NONE, default=2)
    path: Mapped[str] = column(_AUDIO, Pii.NONE, default="")
    sha256: Mapped[str] = column(_AUDIO, Pii.NONE, default="")
    size_bytes: Mapped[int] = column(_AUDIO, Pii.NONE, BigInteger, default=0)
    key_id: Mapped[str] = column(_AUDIO, Pii.NONE, default="", server_default="")
    deleted_at: Mapped[datetime | None] = column(_AUDIO, Pii.NONE)  # by a purge
    deleted_why: Mapped[str] = column(_AUDIO, Pii.NONE, default="", server_default="")
