"""The protocol between the talk and the background agent, in the nouns the field is settling on.

A delegation carries the whole conversation so far; the backend answers with a stream of updates: *commentary* is to be
spoken, *thinking* is silent context, *instructions* change how to go on. Interrupting speech never cancels the work.
"""

from dataclasses import dataclass, field
from typing import Any

from voiceagent.core.ids import CallId, DelegationId, TenantId, ToolCallId


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the talk so far. `played` is false for words that were planned but not heard."""

    speaker: str  # caller | agent
    text: str
    played: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationPackage:
    """Everything the background agent may know. `caller` is the verified session's number, never model text."""

    delegation_id: DelegationId
    call_id: CallId
    tenant_id: TenantId
    profile: str
    profile_version: int
    caller: str
    intent: str
    slots: dict[str, str] = field(default_factory=dict)
    conversation: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Commentary:
    """Words to be spoken at the next good moment."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinking:
    """Silent context."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """How to go on."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRan:
    """A tool came to an end; becomes the event `tool.called`."""

    tool_call_id: ToolCallId
    name: str
    arguments: dict[str, Any]
    status: str  # ok | error | timeout
    result: dict[str, Any]
    duration_ms: int
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkDone:
    """The last update. `outcome`: ok | not_found | unreachable | failed."""

    outcome: str
    detail: str = ""


DelegationUpdate = Commentary | Thinking | Instructions | ToolRan | WorkDone
