"""Retention policies, legal holds, tags of calls, and what was purged."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_CONFIG, _LOG, _META = RetentionClass.CONFIG, RetentionClass.LOG, RetentionClass.METADATA
_CLASS = "content_class IN ('A', 'T', 'X', 'M', 'C')"


class RetentionPolicyModel(TenantOwned, Base):
    """Append only: a trigger refuses UPDATE and DELETE. The newest version in effect per selector and class counts."""

    __tablename__ = "retention_policies"
    __table_args__ = (
        CheckConstraint(_CLASS, name="content_class"),
        CheckConstraint("days >= 0", name="days"),
        CheckConstraint("action IN ('delete', 'pseudonymise')", name="action"),
        UniqueConstraint("tenant_id", "content_class", "selector", "version"),
    )

    id: Mapped[str] = column(_CONFIG, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_CONFIG, Pii.NONE)
    selector: Mapped[dict[str, Any]] = column(_CONFIG, Pii.NONE, JSONB)
    content_class: Mapped[str] = column(_CONFIG, Pii.NONE)
    days: Mapped[int] = column(_CONFIG, Pii.NONE, Integer)
    action: Mapped[str] = column(_CONFIG, Pii.NONE)
    version: Mapped[int] = column(_CONFIG, Pii.NONE, Integer)
    effective_from: Mapped[datetime] = column(_CONFIG, Pii.NONE)
    created_at: Mapped[datetime] = column(_CONFIG, Pii.NONE)
    created_by: Mapped[str] = column(_CONFIG, Pii.NONE)


class LegalHoldModel(TenantOwned, Base):
    """`reason` is free text and `selector` may name a caller. The database refuses that one person releases alone."""

    __tablename__ = "legal_holds"
    __table_args__ = (
        CheckConstraint("released_at IS NULL OR approved_by <> release_asked_by", name="four_eyes"),
        Index("ix_legal_holds_active", "tenant_id", "id", postgresql_where=text("released_at IS NULL")),
    )

    id: Mapped[str] = column(_CONFIG, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_CONFIG, Pii.NONE)
    matter: Mapped[str] = column(_CONFIG, Pii.SPEECH)
    selector: Mapped[dict[str, Any]] = column(_CONFIG, Pii.NUMBER, JSONB)
    classes: Mapped[list[str]] = column(_CONFIG, Pii.NONE, ARRAY(Text))
    reason: Mapped[str] = column(_CONFIG, Pii.SPEECH)
    placed_by: Mapped[str] = column(_CONFIG, Pii.NONE)
    placed_at: Mapped[datetime] = column(_CONFIG, Pii.NONE)
    release_asked_by: Mapped[str] = column(_CONFIG, Pii.NONE, default="")
    release_asked_at: Mapped[datetime | None] = column(_CONFIG, Pii.NONE)
    approved_by: Mapped[str] = column(_CONFIG, Pii.NONE, default="")
    released_at: Mapped[datetime | None] = column(_CONFIG, Pii.NONE)


class CallTagModel(TenantOwned, Base):
    """A word that an operator put on a call, for policies and holds to select by."""

    __tablename__ = "call_tags"

    call_id: Mapped[str] = column(_META, Pii.NONE, ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = column(_META, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_META, Pii.NONE)
    placed_by: Mapped[str] = column(_META, Pii.NONE)
    placed_at: Mapped[datetime] = column(_META, Pii.NONE)


class CallPurgeModel(TenantOwned, Base):
    """A class of a call's content is gone. The records writer empties what arrives of it later."""

    __tablename__ = "call_purges"
    __table_args__ = (CheckConstraint(_CLASS, name="content_class"),)

    call_id: Mapped[str] = column(_LOG, Pii.NONE, ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True)
    content_class: Mapped[str] = column(_LOG, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_LOG, Pii.NONE)
    purged_at: Mapped[datetime] = column(_LOG, Pii.NONE)
    why: Mapped[str] = column(_LOG, Pii.NONE)


class PurgeRunModel(TenantOwned, Base):
    """The report of one run of the purge for one tenant."""

    __tablename__ = "purge_runs"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
        Index(None, "tenant_id", "started_at", "id"),
    )

    id: Mapped[str] = column(_LOG, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_LOG, Pii.NONE)
    state: Mapped[str] = column(_LOG, Pii.NONE)
    dry_run: Mapped[bool] = column(_LOG, Pii.NONE)
    asked_by: Mapped[str] = column(_LOG, Pii.NONE)
    started_at: Mapped[datetime] = column(_LOG, Pii.NONE)
    ended_at: Mapped[datetime | None] = column(_LOG, Pii.NONE)
    counts: Mapped[dict[str, Any]] = column(_LOG, Pii.NONE, JSONB)
    errors: Mapped[list[Any]] = column(_LOG, Pii.NONE, JSONB)
