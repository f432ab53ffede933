"""What the parts of a call session know of their call."""

from dataclasses import dataclass
from datetime import datetime

from voiceagent.core.ids import CallId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundFacts:
    """Of a call that we place: what an opt-out is entered under."""

    number_hash: str
    campaign: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """What a delegation is told of the call; all of it from signalling, none of it from speech."""

    call_id: CallId
    tenant_id: TenantId
    profile: str
    profile_version: int
    caller: str  # the person at the other end, whoever called
    answered_at: datetime  # wall clock at 0 of the media clock
    transferable: bool = False  # the leg can be handed over
