"""How each attempt at a job ended: procrastinate keeps that one failed, but not why."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_LOG = RetentionClass.LOG


class JobAttemptModel(TenantOwned, Base):
    """Goes with its job: the database has a foreign key to procrastinate's table, which no model describes."""

    __tablename__ = "job_attempts"
    __table_args__ = (CheckConstraint("outcome IN ('succeeded', 'failed', 'interrupted', 'lost')", name="outcome"),)

    id: Mapped[str] = column(_LOG, Pii.NONE, primary_key=True)
    job_id: Mapped[int] = column(_LOG, Pii.NONE, BigInteger, index=True)
    tenant_id: Mapped[str] = column(_LOG, Pii.NONE)
    started_at: Mapped[datetime] = column(_LOG, Pii.NONE)
    ended_at: Mapped[datetime] = column(_LOG, Pii.NONE)
    outcome: Mapped[str] = column(_LOG, Pii.NONE)
    error: Mapped[str] = column(_LOG, Pii.SPEECH, default="")
