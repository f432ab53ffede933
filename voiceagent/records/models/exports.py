"""Packages of calls that were asked for over the API: what is in them, who may take them, who did."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_META = RetentionClass.METADATA


class ExportModel(TenantOwned, Base):
    """The package itself is a file, gone long before this row. `purpose` is free text.

    `names`: the numbers of the person whose calls were asked for, sealed, and emptied when the package is written.
    """

    __tablename__ = "exports"
    __table_args__ = (
        CheckConstraint("kind IN ('dsar', 'audit', 'litigation', 'bulk')", name="kind"),
        CheckConstraint(
            "state IN ('asked', 'waiting', 'running', 'ready', 'failed', 'expired', 'deleted')", name="state"
        ),
        CheckConstraint(
            "kind <> 'bulk' OR state IN ('asked', 'deleted') OR (approved_by <> '' AND approved_by <> requested_by)",
            name="four_eyes",
        ),
        CheckConstraint(
            "names IS NULL OR (kind = 'dsar' AND state IN ('waiting', 'running'))",
            name="names",
        ),
        Index(None, "tenant_id", "id"),
    )

    id: Mapped[str] = column(_META, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_META, Pii.NONE, ForeignKey("tenants.id"))
    kind: Mapped[str] = column(_META, Pii.NONE)
    state: Mapped[str] = column(_META, Pii.NONE)
    filter: Mapped[dict[str, Any]] = column(_META, Pii.NONE, JSONB)
    purpose: Mapped[str] = column(_META, Pii.SPEECH)
    requested_by: Mapped[str] = column(_META, Pii.NONE)
    requested_at: Mapped[datetime] = column(_META, Pii.NONE)
    approved_by: Mapped[str] = column(_META, Pii.NONE, default="")
    approved_at: Mapped[datetime | None] = column(_META, Pii.NONE)
    attempts: Mapped[int] = column(_META, Pii.NONE, Integer, default=0)
    begun_at: Mapped[datetime | None] = column(_META, Pii.NONE)
    ended_at: Mapped[datetime | None] = column(_META, Pii.NONE)
    counts: Mapped[dict[str, Any]] = column(_META, Pii.NONE, JSONB, default=dict)
    manifest_sha256: Mapped[str] = column(_META, Pii.NONE, default="")
    size_bytes: Mapped[int] = column(_META, Pii.NONE, BigInteger, default=0)
    expires_at: Mapped[datetime | None] = column(_META, Pii.NONE)
    problem: Mapped[str] = column(_META, Pii.NONE, default="")
    kek_id: Mapped[str] = column(_META, Pii.NONE, default="", server_default="")
    names_key: Mapped[bytes | None] = column(_META, Pii.SECRET, LargeBinary)
    names: Mapped[bytes | None] = column(_META, Pii.NUMBER, LargeBinary)
    download_count: Mapped[int] = column(_META, Pii.NONE, Integer, default=0)
    downloads: Mapped[list[dict[str, str]]] = column(_META, Pii.NONE, JSONB, default=list)
