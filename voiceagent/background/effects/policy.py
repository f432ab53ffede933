"""Whether a tool may run now: pure. Every call of a tool is decided here, and the rule is recorded with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from voiceagent.background.tools import Caller, Effect, Tool
from voiceagent.conversation.effects import Entry

CONFIRMED: Final = "the caller confirmed it"
_A_YES_HOLDS: Final = timedelta(minutes=5)  # a read-back that was heard longer ago has to be heard again


class Ruling(StrEnum):
    RUN = "run"
    ASK = "ask"  # read it back to the caller first
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    ruling: Ruling
    rule: str


def decide(tool: Tool, caller: Caller, confirmed: Entry | None, now: datetime) -> Decision:
    """`confirmed`: the proposal that the caller said yes to, None when they were not asked."""
    if tool.effect is Effect.READ:
        return Decision(ruling=Ruling.RUN, rule="reads need no confirmation")
    if confirmed is None:
        return Decision(ruling=Ruling.ASK, rule=f"a {tool.effect} is read back first")
    proposal = confirmed.proposal
    broken = {
        "it was proposed in another call": (proposal.tenant_id, proposal.call_id) != (caller.tenant_id, caller.call_id),
        "it was proposed to somebody else": proposal.caller != caller.number,
        "another tool was proposed": proposal.tool != tool.name,
        "the yes is too old": not confirmed.attempts and now - proposal.proposed_at > _A_YES_HOLDS,
    }
    reason = next((rule for rule, is_broken in broken.items() if is_broken), None)
    if reason is not None:
        return Decision(ruling=Ruling.REFUSE, rule=reason)
    return Decision(ruling=Ruling.RUN, rule=CONFIRMED)
