"""The protocol between the talk and the background agent, in the nouns the field is settling on.

A delegation carries the whole conversation so far; the backend answers with a stream of updates: *commentary* is to be
spoken, *thinking* is silent context, *instructions* change how to go on. Interrupting speech never cancels the work.
"""

from dataclasses import dataclass, field
from typing import Any

from voiceagent.conversation.claims import Claim
from voiceagent.core.ids import CallId, DelegationId, ProposalId, TenantId, ToolCallId


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the talk so far. `played` is false for words that were planned but not heard."""

    speaker: str  # caller | agent
    text: str
    played: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationPackage:
    """Everything the background agent may know. `caller` is the verified session's number, never model text.

    confirms: the proposal whose read-back the caller has heard to its end and said yes to; None for new work.
    """

    delegation_id: DelegationId
    call_id: CallId
    tenant_id: TenantId
    profile: str
    profile_version: int
    caller: str
    intent: str
    slots: dict[str, str] = field(default_factory=dict)
    conversation: tuple[Line, ...] = ()
    confirms: ProposalId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commentary:
    """Words to be spoken at the next good moment. `claims`: the values of the result that are in them."""

    text: str
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinking:
    """Silent context."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """How to go on."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The work goes on: words that may cover the wait, and how long it will take from now, where that is known."""

    text: str = ""
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """Something that changes the world waits for the caller's yes. `read_back` says all of it and ends with a question.

    Whoever confirms names the proposal, so a yes can only be to what was read back. values: what is proposed, by
    argument: it may be other than what the caller had said.
    """

    proposal_id: ProposalId
    tool: str
    effect: str  # write | consequential
    read_back: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRan:
    """A tool came to an end; becomes the event `tool.called`. `decision`: the rule by which it was allowed to run."""

    tool_call_id: ToolCallId
    name: str
    arguments: dict[str, Any]
    status: str  # ok | error | timeout | stopped
    result: dict[str, Any]
    duration_ms: int
    error: str = ""
    decision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkDone:
    """The last update. `outcome`: ok | not_found | proposed | pending | unknown | unreachable | failed | stopped."""

    outcome: str
    detail: str = ""


DelegationUpdate = Commentary | Thinking | Instructions | Progress | Proposed | ToolRan | WorkDone
