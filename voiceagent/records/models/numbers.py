"""Telephone numbers we own and the agent profile that answers them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_CONFIG = RetentionClass.CONFIG


class NumberModel(TenantOwned, Base):
    """`settings` is the number as the routing rules read it (trunk, limits). `managed_by`: who may change it."""

    __tablename__ = "numbers"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint("managed_by IN ('settings', 'api')", name="managed_by"),
    )

    id: Mapped[str] = column(_CONFIG, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_CONFIG, Pii.NONE, ForeignKey("tenants.id"))
    number: Mapped[str] = column(_CONFIG, Pii.NONE)  # ours, so nobody's personal data
    profile: Mapped[str] = column(_CONFIG, Pii.NONE)
    managed_by: Mapped[str] = column(_CONFIG, Pii.NONE, default="settings", server_default="settings")
    settings: Mapped[dict[str, Any]] = column(_CONFIG, Pii.NONE, JSONB)
    created_at: Mapped[datetime] = column(_CONFIG, Pii.NONE)
    updated_at: Mapped[datetime] = column(_CONFIG, Pii.NONE)
