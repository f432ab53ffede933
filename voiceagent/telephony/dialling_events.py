"""What happens in calls that we place. Rules as in `telephony.events`."""

from dataclasses import dataclass
from typing import ClassVar

from voiceagent.core.ids import LegId
from voiceagent.telephony.call_event import CallEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class LegDialled(CallEvent):
    """The INVITE is out."""

    TYPE: ClassVar[str] = "leg.dialled"
    leg_id: LegId
    sip_call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut(CallEvent):
    """Who we called does not want to be called again: entered into the do-not-call list before the call ends.

    number_hash: as that list keeps numbers. No words are kept, only the rule that judged them.
    """

    TYPE: ClassVar[str] = "call.opted_out"
    entry_id: str  # of the do-not-call list
    number_hash: str
    campaign: str
    method: str  # voice | dtmf
    rule: str
    at_ms: int
