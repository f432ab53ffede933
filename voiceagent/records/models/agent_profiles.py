"""Versions of agent profiles: immutable, so that a call can be explained by the version it ran with."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_CONFIG = RetentionClass.CONFIG


class AgentProfileModel(TenantOwned, Base):
    """`document` is the profile as JSON; `sha256` is of its source."""

    __tablename__ = "agent_profiles"
    __table_args__ = (UniqueConstraint("tenant_id", "name", "version"),)

    id: Mapped[str] = column(_CONFIG, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_CONFIG, Pii.NONE, ForeignKey("tenants.id"))
    name: Mapped[str] = column(_CONFIG, Pii.NONE)
    version: Mapped[int] = column(_CONFIG, Pii.NONE)
    sha256: Mapped[str] = column(_CONFIG, Pii.NONE)
    document: Mapped[dict[str, Any]] = column(_CONFIG, Pii.NONE, JSONB)
    created_at: Mapped[datetime] = column(_CONFIG, Pii.NONE)
    retired_at: Mapped[datetime | None] = column(_CONFIG, Pii.NONE)  # no settings name it any more
