"""Requests for erasure, what was found for them, and what is gone."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_CONSENT, _LOG = RetentionClass.CONSENT, RetentionClass.LOG
_CLASS = "content_class IN ('A', 'T', 'X', 'M', 'C')"


class ErasureRequestModel(TenantOwned, Base):
    """`names` are sealed, and emptied when nothing is searched for any more. The database refuses that one person asks
    and approves.
    """

    __tablename__ = "erasure_requests"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'running', 'restricted', 'done')", name="state"),
        CheckConstraint("step BETWEEN 1 AND 10", name="step"),
        CheckConstraint(
            "identity_check IN ('knowledge', 'one_time_code', 'document', 'in_person')", name="identity_check"
        ),
        CheckConstraint("approved_by <> asked_by", name="four_eyes"),
        Index(None, "tenant_id", "id"),
    )

    id: Mapped[str] = column(_CONSENT, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_CONSENT, Pii.NONE)
    state: Mapped[str] = column(_CONSENT, Pii.NONE)
    step: Mapped[int] = column(_CONSENT, Pii.NONE, Integer)
    identity_check: Mapped[str] = column(_CONSENT, Pii.NONE)
    received_at: Mapped[datetime] = column(_CONSENT, Pii.NONE)
    due_at: Mapped[datetime] = column(_CONSENT, Pii.NONE)
    asked_by: Mapped[str] = column(_CONSENT, Pii.NONE)
    asked_at: Mapped[datetime] = column(_CONSENT, Pii.NONE)
    approved_by: Mapped[str] = column(_CONSENT, Pii.NONE, default="", server_default="")
    approved_at: Mapped[datetime | None] = column(_CONSENT, Pii.NONE)
    completed_at: Mapped[datetime | None] = column(_CONSENT, Pii.NONE)
    kek_id: Mapped[str] = column(_CONSENT, Pii.NONE, default="", server_default="")
    names_key: Mapped[bytes | None] = column(_CONSENT, Pii.SECRET, LargeBinary)
    names: Mapped[bytes | None] = column(_CONSENT, Pii.NUMBER, LargeBinary)
    receipt: Mapped[str] = column(_CONSENT, Pii.NONE, default="", server_default="")
    receipt_sha256: Mapped[str] = column(_CONSENT, Pii.NONE, default="", server_default="")


class ErasureItemModel(TenantOwned, Base):
    """One class of one call and its fate. What is frozen, due or restricted is hidden from the API by policies."""

    __tablename__ = "erasure_items"
    __table_args__ = (
        CheckConstraint(_CLASS, name="content_class"),
        CheckConstraint("fate IN ('found', 'frozen', 'due', 'shredded', 'restricted', 'kept', 'erased')", name="fate"),
        Index(None, "call_id", "content_class"),
    )

    request_id: Mapped[str] = column(
        _LOG, Pii.NONE, ForeignKey("erasure_requests.id", ondelete="CASCADE"), primary_key=True
    )
    call_id: Mapped[str] = column(_LOG, Pii.NONE, ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True)
    content_class: Mapped[str] = column(_LOG, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_LOG, Pii.NONE)
    fate: Mapped[str] = column(_LOG, Pii.NONE)
    reason: Mapped[str] = column(_LOG, Pii.NONE, default="", server_default="")
    source: Mapped[str] = column(_LOG, Pii.NONE, default="", server_default="")
    until: Mapped[datetime | None] = column(_LOG, Pii.NONE)
    erased_at: Mapped[datetime | None] = column(_LOG, Pii.NONE)


class ErasureTombstoneModel(TenantOwned, Base):
    """Append only: a trigger refuses UPDATE and DELETE. A copy lies outside of the database, for a restored backup."""

    __tablename__ = "erasure_tombstones"
    __table_args__ = (CheckConstraint(_CLASS, name="content_class"),)

    request_id: Mapped[str] = column(_LOG, Pii.NONE, primary_key=True)
    call_id: Mapped[str] = column(_LOG, Pii.NONE, primary_key=True)
    content_class: Mapped[str] = column(_LOG, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_LOG, Pii.NONE)
    at: Mapped[datetime] = column(_LOG, Pii.NONE)
    method: Mapped[str] = column(_LOG, Pii.NONE)
    key_ids: Mapped[list[str]] = column(_LOG, Pii.NONE, ARRAY(Text))
