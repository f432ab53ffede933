"""Telephone numbers we own and the agent profile that answers them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_CONFIG = RetentionClass.CONFIG


class NumberModel(TenantOwned, Base):
    """`settings` is the number as the routing rules read it (trunk, limits)."""

    __tablename__ = "numbers"
    __table_args__ = (UniqueConstraint("tenant_id", "number"),)

    id: Mapped[str] = column(_CONFIG, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_CONFIG, Pii.NONE, ForeignKey("tenants.id"))
    number: Mapped[str] = column(_CONFIG, Pii.NONE)  # ours, so nobody's personal data
    profile: Mapped[str] = column(_CONFIG, Pii.NONE)
    settings: Mapped[dict[str, Any]] = column(_CONFIG, Pii.NONE, JSONB)
    created_at: Mapped[datetime] = column(_CONFIG, Pii.NONE)
    updated_at: Mapped[datetime] = column(_CONFIG, Pii.NONE)
