"""Customers that own numbers, data and limits."""

from datetime import datetime

from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, column

_CONFIG = RetentionClass.CONFIG


class TenantModel(Base):
    __tablename__ = "tenants"

    id: Mapped[str] = column(_CONFIG, Pii.NONE, primary_key=True)
    name: Mapped[str] = column(_CONFIG, Pii.NONE)
    created_at: Mapped[datetime] = column(_CONFIG, Pii.NONE)
