"""What changed the world outside: the ledger behind `conversation.effects`."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_TOOL = RetentionClass.TOOL


class EffectModel(TenantOwned, Base):
    """No foreign key to the call: a proposal may be in Postgres before the call's first event is."""

    __tablename__ = "effects"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'committing', 'done', 'failed', 'unknown')", name="state"),
        Index(
            "ix_effects_open_end", "tenant_id", "caller", postgresql_where=text("state IN ('committing', 'unknown')")
        ),
        Index("ix_effects_abandoned", "held_until", postgresql_where=text("state = 'committing'")),
    )

    proposal_id: Mapped[str] = column(_TOOL, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_TOOL, Pii.NONE)
    call_id: Mapped[str] = column(_TOOL, Pii.NONE, index=True)
    caller: Mapped[str] = column(_TOOL, Pii.NUMBER)
    tool: Mapped[str] = column(_TOOL, Pii.NONE)
    arguments: Mapped[dict[str, Any]] = column(_TOOL, Pii.SPEECH, JSONB)
    proposed_at: Mapped[datetime] = column(_TOOL, Pii.NONE)
    state: Mapped[str] = column(_TOOL, Pii.NONE, default="proposed")
    attempts: Mapped[int] = column(_TOOL, Pii.NONE, default=0)
    held_until: Mapped[datetime | None] = column(_TOOL, Pii.NONE)
    result: Mapped[dict[str, Any]] = column(_TOOL, Pii.SPEECH, JSONB, default=dict)
    error: Mapped[str] = column(_TOOL, Pii.SPEECH, default="")
