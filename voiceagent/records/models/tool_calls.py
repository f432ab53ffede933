"""What the background agent asked of other systems."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_TOOL = RetentionClass.TOOL


class ToolCallModel(TenantOwned, Base):
    __tablename__ = "tool_calls"

    id: Mapped[str] = column(_TOOL, Pii.NONE, primary_key=True)
    call_id: Mapped[str] = column(_TOOL, Pii.NONE, ForeignKey("calls.call_id", ondelete="CASCADE"), index=True)
    tenant_id: Mapped[str] = column(_TOOL, Pii.NONE)
    seq: Mapped[int] = column(_TOOL, Pii.NONE)
    at: Mapped[datetime] = column(_TOOL, Pii.NONE)
    delegation_id: Mapped[str] = column(_TOOL, Pii.NONE)
    name: Mapped[str] = column(_TOOL, Pii.NONE)
    arguments: Mapped[dict[str, Any]] = column(_TOOL, Pii.SPEECH, JSONB)
    result: Mapped[dict[str, Any]] = column(_TOOL, Pii.SPEECH, JSONB)
    status: Mapped[str] = column(_TOOL, Pii.NONE)
    error: Mapped[str] = column(_TOOL, Pii.NONE)
    duration_ms: Mapped[int] = column(_TOOL, Pii.NONE)
    withheld: Mapped[bool] = column(_TOOL, Pii.NONE)
    decision: Mapped[str] = column(_TOOL, Pii.NONE, default="", server_default="")
