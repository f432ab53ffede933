"""What an event of a call is, and its place in the log."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from voiceagent.core.ids import CallId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """Base of all events. `TYPE` is the stable name on the wire and in Postgres."""

    TYPE: ClassVar[str] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event in its place in the log. `seq` counts from 1 without gaps within a call."""

    call_id: CallId
    tenant_id: TenantId
    seq: int
    at: datetime  # aware, UTC
    event: CallEvent
