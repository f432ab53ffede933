"""Wrapped data keys. To erase a class of a call is to empty its row here."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_KEY = RetentionClass.KEY


class DataKeyModel(TenantOwned, Base):
    """`wrapped` is emptied when the key is shredded; the row stays to say when that was. It goes with its call."""

    __tablename__ = "data_keys"
    __table_args__ = (CheckConstraint("(wrapped IS NULL) = (shredded_at IS NOT NULL)", name="shredded"),)

    id: Mapped[str] = column(_KEY, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_KEY, Pii.NONE)
    call_id: Mapped[str] = column(_KEY, Pii.NONE, ForeignKey("calls.call_id", ondelete="CASCADE"), index=True)
    retention_class: Mapped[str] = column(_KEY, Pii.NONE)
    kek_id: Mapped[str] = column(_KEY, Pii.NONE, index=True)
    wrapped: Mapped[bytes | None] = column(_KEY, Pii.SECRET, LargeBinary)
    created_at: Mapped[datetime] = column(_KEY, Pii.NONE)
    shredded_at: Mapped[datetime | None] = column(_KEY, Pii.NONE)
