"""What changes the world outside of a call: proposed to the caller, confirmed by them, committed once. Pure values.

    proposed --claim--> committing --settle--> done | failed | unknown
                        committing --claim, once the lease has run out--> committing

A claim is a lease, so that whoever dies while committing is followed by somebody else.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from voiceagent.core.ids import CallId, ProposalId, TenantId


class EffectState(StrEnum):
    PROPOSED = "proposed"  # was or will be read back to the caller; nothing has happened
    COMMITTING = "committing"  # the caller said yes; somebody is at it, or died over it
    DONE = "done"
    FAILED = "failed"  # the system behind it said no; nothing has happened
    UNKNOWN = "unknown"  # broke off where nobody can tell, and may not be tried again: a person has to look


A_DAY: Final = timedelta(days=1)
ENDED = frozenset({EffectState.DONE, EffectState.FAILED, EffectState.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Everything that a yes is bound to. `caller` comes from signalling; `arguments` have passed the tool's types."""

    proposal_id: ProposalId
    tenant_id: TenantId
    call_id: CallId
    caller: str
    tool: str
    arguments: dict[str, Any]
    proposed_at: datetime

    def is_like(self, other: "Proposal") -> bool:
        """Whether `other`, made within a day of it, is for the same thing by the same caller."""
        same = (self.tenant_id, self.caller, self.tool) == (other.tenant_id, other.caller, other.tool)
        return same and self.arguments == other.arguments and other.proposed_at - self.proposed_at < A_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A proposal and what became of it. `attempts` counts claims and is the fencing token of the last one."""

    proposal: Proposal
    state: EffectState = EffectState.PROPOSED
    attempts: int = 0
    held_until: datetime | None = None
    result: dict[str, Any] = field(default_factory=dict)
    error: str = ""

    @property
    def open_end(self) -> bool:
        """It was confirmed, and whether it has happened is not known."""
        return self.state in (EffectState.COMMITTING, EffectState.UNKNOWN)

    @property
    def ended(self) -> bool:
        return self.state in ENDED
