"""Configured SIP peerings with carriers."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_CONFIG = RetentionClass.CONFIG


class TrunkModel(TenantOwned, Base):
    """`settings` is the trunk as the routing rules read it; passwords in it are digests, never plain."""

    __tablename__ = "trunks"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[str] = column(_CONFIG, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_CONFIG, Pii.NONE, ForeignKey("tenants.id"))
    name: Mapped[str] = column(_CONFIG, Pii.NONE)
    settings: Mapped[dict[str, Any]] = column(_CONFIG, Pii.SECRET, JSONB)
    created_at: Mapped[datetime] = column(_CONFIG, Pii.NONE)
    updated_at: Mapped[datetime] = column(_CONFIG, Pii.NONE)
