"""Everything that can happen in a call. The call *is* the ordered list of these; all else is a fold over it.

Rules: past tense, frozen, keyword-only; a field is never renamed or given another meaning, only added with a default
(readers may be older than writers). Times are ms on the call's media clock: 0 is the first frame after answer.
Fields marked PII carry personal data: they are written to records only as the consent state allows.
"""

from dataclasses import dataclass, field
from typing import ClassVar

from voiceagent.core.ids import LegId, UtteranceId
from voiceagent.core.termination import Reason, Result
from voiceagent.telephony.call_event import CallEvent, Recorded
from voiceagent.telephony.capture_events import CaptureEnded, CaptureStarted
from voiceagent.telephony.consent_events import (
    ConsentAnswerKept,
    ConsentDenied,
    ConsentGranted,
    ConsentWithdrawn,
    DisclosurePlayed,
)
from voiceagent.telephony.dialling_events import LegDialled, OptedOut
from voiceagent.telephony.floor_events import Backchannelled, BargedIn, FloorTaken, SpeechDucked, SpeechResumed
from voiceagent.telephony.transfer_events import (
    CallbackOffered,
    CallbackRequested,
    TransferFailed,
    Transferred,
    TransferRequested,
)
from voiceagent.telephony.work_events import (
    CorrectionSpoken,
    DelegationEnded,
    DelegationStarted,
    EffectConfirmed,
    EffectDeclined,
    EffectProposed,
    ResultCameLate,
    ResultWoven,
    ToolCalled,
)

__all__ = [
    "AgentSaid",
    "Backchannelled",
    "BargedIn",
    "CallEnded",
    "CallEvent",
    "CallRefused",
    "CallStarted",
    "CallbackOffered",
    "CallbackRequested",
    "CallerSaid",
    "CaptureEnded",
    "CaptureStarted",
    "ConsentAnswerKept",
    "ConsentDenied",
    "ConsentGranted",
    "ConsentWithdrawn",
    "CorrectionSpoken",
    "DelegationEnded",
    "DelegationStarted",
    "DisclosurePlayed",
    "DtmfReceived",
    "EffectConfirmed",
    "EffectDeclined",
    "EffectProposed",
    "FloorTaken",
    "LegAnswered",
    "LegDialled",
    "LegEnded",
    "LegRinging",
    "OptedOut",
    "Recorded",
    "RecordingDiscarded",
    "RecordingSealed",
    "RecordingSilenced",
    "RecordingStarted",
    "ResultCameLate",
    "ResultWoven",
    "SpeechDucked",
    "SpeechResumed",
    "ToolCalled",
    "TransferFailed",
    "TransferRequested",
    "Transferred",
    "WorkerLeased",
    "WorkerWasLost",
]

# -- signalling ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted(CallEvent):
    """A call reached us: always seq 1, also of calls that are then refused."""

    TYPE: ClassVar[str] = "call.started"
    direction: str  # inbound | outbound
    transport: str  # sip | webrtc
    caller: str  # PII: E.164 or the SIP user part as sent
    callee: str
    trunk: str = ""  # trunk name, "" when none matched
    profile: str = ""  # agent profile name
    profile_version: int = 0
    sip_call_id: str = ""
    write_back: bool = False  # whether that profile wants the call's summary in the CRM
    rules: str = ""  # the rule packs that apply, as `us-federal@2026.11.1 us-fl@2026.11.1`
    rules_sha256: str = ""  # of their names and hashes
    recording_mode: str = ""  # whose consent they want a recording to have
    words: str = "raw"  # how words are kept where they may be: redacted | raw
    purpose: str = ""  # of a call of ours: emergency | informational | telemarketing
    campaign: str = ""  # of a call of ours
    decision_id: str = ""  # of a call of ours: the decision that allowed it


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRefused(CallEvent):
    """We said no. `explanation` tells the operator which rule decided and what to change."""

    TYPE: ClassVar[str] = "call.refused"
    sip_code: int
    reason: Reason
    explanation: str
    source: str = ""  # PII: ip:port it came from


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRinging(CallEvent):
    TYPE: ClassVar[str] = "leg.ringing"
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered(CallEvent):
    """Media flows. Zero of the media clock."""

    TYPE: ClassVar[str] = "leg.answered"
    leg_id: LegId
    codec: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DtmfReceived(CallEvent):
    TYPE: ClassVar[str] = "leg.dtmf_received"
    digit: str  # PII outside of the opening
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded(CallEvent):
    TYPE: ClassVar[str] = "leg.ended"
    leg_id: LegId
    result: Result
    reason: Reason
    detail: str = ""
    packets_received: int = 0
    packets_lost: int = 0
    jitter_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallEvent):
    """Always the last event, exactly once."""

    TYPE: ClassVar[str] = "call.ended"
    result: Result
    reason: Reason
    detail: str = ""
    duration_ms: int = 0


# -- worker -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLeased(CallEvent):
    TYPE: ClassVar[str] = "worker.leased"
    worker_id: str
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerWasLost(CallEvent):
    TYPE: ClassVar[str] = "worker.lost"
    worker_id: str
    at_ms: int
    detail: str = ""


# -- recording ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted(CallEvent):
    TYPE: ClassVar[str] = "recording.started"
    recording_id: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSealed(CallEvent):
    """The file is complete. `path` is relative to the blob root.

    salvaged: its gateway was lost and somebody else closed it; the last half second may be missing.
    """

    TYPE: ClassVar[str] = "recording.sealed"
    recording_id: str
    path: str
    sha256: str
    size_bytes: int
    start_ms: int
    duration_ms: int
    channels: int = 2
    salvaged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingDiscarded(CallEvent):
    """Consent was taken back while the call ran: nothing of the recording is left."""

    TYPE: ClassVar[str] = "recording.discarded"
    recording_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSilenced(CallEvent):
    """Both sides are silent there from now on: something was said that may not be stored. reason: card."""

    TYPE: ClassVar[str] = "recording.silenced"
    recording_id: str
    start_ms: int
    end_ms: int
    reason: str


# -- the talk -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerSaid(CallEvent):
    """A final caller segment. Without consent to keep words, `text` is empty and `withheld` true."""

    TYPE: ClassVar[str] = "caller.said"
    text: str  # PII
    start_ms: int
    end_ms: int
    understood: bool
    confidence: float
    intent: str = ""
    withheld: bool = False
    redactions: dict[str, int] = field(default_factory=dict)  # what was masked in the words, kind by kind


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSaid(CallEvent):
    """The end of an utterance: what was planned and which of it was really played."""

    TYPE: ClassVar[str] = "agent.said"
    utterance_id: UtteranceId
    kind: str  # UtteranceKind
    planned: str  # PII: may repeat personal data
    played: str  # PII: the words that were heard
    start_ms: int
    end_ms: int
    completed: bool
    withheld: bool = False
    redactions: dict[str, int] = field(default_factory=dict)  # what was masked in the words, kind by kind
