"""The audit log, what it commits to, and the checkpoints that were signed over it."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_LOG, _DETAILS = RetentionClass.LOG, RetentionClass.DETAILS


class AuditEntryModel(TenantOwned, Base):
    """Append only: triggers refuse UPDATE, DELETE and TRUNCATE. Holds ids of ours and codes, nothing about a person."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index(None, "tenant_id", "action", "seq"),
        Index(None, "tenant_id", "object_id", "seq"),
        Index(None, "tenant_id", "actor_id", "seq"),
    )

    tenant_id: Mapped[str] = column(_LOG, Pii.NONE, primary_key=True)
    seq: Mapped[int] = column(_LOG, Pii.NONE, BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = column(_LOG, Pii.NONE)
    actor_kind: Mapped[str] = column(_LOG, Pii.NONE)
    actor_id: Mapped[str] = column(_LOG, Pii.NONE)
    actor_auth: Mapped[str] = column(_LOG, Pii.NONE)
    action: Mapped[str] = column(_LOG, Pii.NONE)
    object_kind: Mapped[str] = column(_LOG, Pii.NONE)
    object_id: Mapped[str] = column(_LOG, Pii.NONE)
    purpose: Mapped[str] = column(_LOG, Pii.NONE)
    result: Mapped[str] = column(_LOG, Pii.NONE)
    reason: Mapped[str] = column(_LOG, Pii.NONE)
    request_id: Mapped[str] = column(_LOG, Pii.NONE)
    commitment: Mapped[bytes] = column(_LOG, Pii.NONE, LargeBinary)
    prev: Mapped[bytes] = column(_LOG, Pii.NONE, LargeBinary)
    leaf: Mapped[bytes] = column(_LOG, Pii.NONE, LargeBinary)


class AuditDetailModel(TenantOwned, Base):
    """Erased by deleting the row, salt included; never changed. `details` is the canonical JSON that was hashed."""

    __tablename__ = "audit_details"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "seq"], ["audit_log.tenant_id", "audit_log.seq"]),
        Index(None, "tenant_id", "at"),
    )

    tenant_id: Mapped[str] = column(_DETAILS, Pii.NONE, primary_key=True)
    seq: Mapped[int] = column(_DETAILS, Pii.NONE, BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = column(_DETAILS, Pii.NONE)
    salt: Mapped[bytes] = column(_DETAILS, Pii.SECRET, LargeBinary)
    details: Mapped[str] = column(_DETAILS, Pii.SPEECH)


class AuditCheckpointModel(TenantOwned, Base):
    """What was signed; `note` is anchored outside of the database too. A fork has two roots of one size: both fit."""

    __tablename__ = "audit_checkpoints"

    tenant_id: Mapped[str] = column(_LOG, Pii.NONE, primary_key=True)
    size: Mapped[int] = column(_LOG, Pii.NONE, BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = column(_LOG, Pii.NONE, LargeBinary, primary_key=True)
    at: Mapped[datetime] = column(_LOG, Pii.NONE)
    note: Mapped[str] = column(_LOG, Pii.NONE)
    frontier: Mapped[bytes] = column(_LOG, Pii.NONE, LargeBinary)
