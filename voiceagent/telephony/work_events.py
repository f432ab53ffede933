"""Events of what is done for the caller elsewhere: delegations, tools, and changes that the caller confirmed."""

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

from voiceagent.core.ids import DelegationId, ProposalId, ToolCallId, UtteranceId
from voiceagent.telephony.call_event import CallEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationStarted(CallEvent):
    TYPE: ClassVar[str] = "delegation.started"
    delegation_id: DelegationId
    intent: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled(CallEvent):
    """A tool ran to an end. Without consent to keep words, arguments and result are withheld."""

    TYPE: ClassVar[str] = "tool.called"
    tool_call_id: ToolCallId
    delegation_id: DelegationId
    name: str
    arguments: dict[str, Any]  # PII
    status: str  # ok | error | timeout | stopped
    result: dict[str, Any]  # PII
    duration_ms: int
    error: str = ""
    withheld: bool = False
    decision: str = ""  # the rule by which it was allowed to run, or was not
    redactions: dict[str, int] = dataclasses.field(default_factory=dict)  # what was masked in the words, kind by kind


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectProposed(CallEvent):
    """Something that changes the world was worked out and is read back to the caller in this utterance."""

    TYPE: ClassVar[str] = "effect.proposed"
    proposal_id: ProposalId
    delegation_id: DelegationId
    utterance_id: UtteranceId
    tool: str
    effect: str  # write | consequential
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectConfirmed(CallEvent):
    """The caller heard the read-back to its end and said yes; `delegation_id` carries it out."""

    TYPE: ClassVar[str] = "effect.confirmed"
    proposal_id: ProposalId
    delegation_id: DelegationId
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectDeclined(CallEvent):
    """Nothing was or will be done about the proposal."""

    TYPE: ClassVar[str] = "effect.declined"
    proposal_id: ProposalId
    reason: str  # declined: a no, other values or another wish; superseded; call_over
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultWoven(CallEvent):
    """What the background agent found entered the talk as this utterance."""

    TYPE: ClassVar[str] = "delegation.result_woven"
    delegation_id: DelegationId
    utterance_id: UtteranceId
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultCameLate(CallEvent):
    """A result came when the talk had moved on. What became of a rephrased one tells `DelegationEnded`: the caller may
    ask anew, or leave, before it is spoken."""

    TYPE: ClassVar[str] = "delegation.result_late"
    delegation_id: DelegationId
    reason: str  # overtaken | given_up | stale | superseded | duplicate
    act: str  # rephrase | drop
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionSpoken(CallEvent):
    """`utterance_id` takes back a value that the caller heard in `corrects`."""

    TYPE: ClassVar[str] = "delegation.corrected"
    utterance_id: UtteranceId
    corrects: UtteranceId
    field: str
    said: str  # PII
    now: str  # PII
    at_ms: int
    redactions: dict[str, int] = dataclasses.field(default_factory=dict)  # what was masked in the words, kind by kind


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationEnded(CallEvent):
    TYPE: ClassVar[str] = "delegation.ended"
    delegation_id: DelegationId
    outcome: str  # woven | dropped | failed | superseded
    at_ms: int
    detail: str = ""
