"""Which calls are written back to the CRM, and what became of it."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_META = RetentionClass.METADATA


class WriteBackModel(TenantOwned, Base):
    """One row a call: what makes a second job for it impossible. `outcome` is "" until it is settled."""

    __tablename__ = "write_backs"
    __table_args__ = (CheckConstraint("outcome IN ('', 'noted', 'no_contact')", name="outcome"),)

    call_id: Mapped[str] = column(_META, Pii.NONE, ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True)
    tenant_id: Mapped[str] = column(_META, Pii.NONE)
    job_id: Mapped[int | None] = column(_META, Pii.NONE, BigInteger)
    outcome: Mapped[str] = column(_META, Pii.NONE, default="")
    note_id: Mapped[str] = column(_META, Pii.NONE, default="")  # the CRM's
    settled_at: Mapped[datetime | None] = column(_META, Pii.NONE)
