"""Enter a change in the ledger and ask the caller: when this is done, nothing has happened."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from voiceagent.background.conclusion import ChangeEnd, told_end
from voiceagent.background.effects.ledger import EffectLedger
from voiceagent.background.tool_results import json_ready
from voiceagent.background.tools import Caller, Tool
from voiceagent.conversation.delegation import DelegationUpdate, Proposed, WorkDone
from voiceagent.conversation.effects import Proposal
from voiceagent.conversation.profile import Changes
from voiceagent.core.ids import ProposalId, new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What somebody wants to be done. `arguments` have passed the tool's types; `caller` comes from signalling."""

    tool: Tool
    caller: Caller
    arguments: dict[str, Any]


async def propose(
    ledger: EffectLedger, change: Change, read_back: Callable[[], str], texts: Changes, now: datetime
) -> tuple[DelegationUpdate, ...]:
    """Proposed and WorkDone, or what is to be said of the same change made before. Raises StoreUnavailable."""
    proposal = Proposal(
        proposal_id=ProposalId(new_id("prop")),
        tenant_id=change.caller.tenant_id,
        call_id=change.caller.call_id,
        caller=change.caller.number,
        tool=change.tool.name,
        arguments=json_ready(change.arguments),
        proposed_at=now,
    )
    same = await ledger.alike(proposal)
    if same is not None:  # asked for again while nobody knows whether it has happened: that would do it twice
        return told_end(texts, ChangeEnd.UNKNOWN if same.ended else ChangeEnd.PENDING)
    question = read_back()
    await ledger.propose(proposal)
    asked = Proposed(
        proposal_id=proposal.proposal_id,
        tool=change.tool.name,
        effect=change.tool.effect.value,
        read_back=question,
        values={name: str(value) for name, value in change.arguments.items() if value is not None},
    )
    return (asked, WorkDone(outcome="proposed"))
