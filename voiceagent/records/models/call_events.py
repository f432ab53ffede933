"""The log of every call, as it was written. All other call tables can be rebuilt from this one."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_META, _TRANSCRIPT = RetentionClass.METADATA, RetentionClass.TRANSCRIPT


class CallEventModel(TenantOwned, Base):
    """Append only: a trigger refuses UPDATE. `data` may hold words and tool payloads, so it has their class."""

    __tablename__ = "call_events"

    call_id: Mapped[str] = column(_META, Pii.NONE, ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = column(_META, Pii.NONE, Integer, primary_key=True, autoincrement=False)
    tenant_id: Mapped[str] = column(_META, Pii.NONE)
    at: Mapped[datetime] = column(_META, Pii.NONE)
    type: Mapped[str] = column(_META, Pii.NONE)
    data: Mapped[dict[str, Any]] = column(_TRANSCRIPT, Pii.SPEECH, JSONB)
