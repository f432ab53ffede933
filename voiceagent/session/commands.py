"""What the talk wants done. The session shell performs these in order; the talk never touches a socket or a clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from voiceagent.conversation.delegation import DelegationPackage
from voiceagent.conversation.secure_capture import Secret
from voiceagent.conversation.speech_plan import SpeechPlan
from voiceagent.core.ids import DelegationId
from voiceagent.core.termination import Termination
from voiceagent.telephony.events import CallEvent, OptedOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Speak this as soon as what is being spoken has ended."""

    plan: SpeechPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Hum:
    """A backchannel in the agent's own voice, laid over silence at low level; never a turn."""

    text: str


@dataclass(frozen=True, slots=True)
class Duck:
    """Go quieter, keep talking."""


@dataclass(frozen=True, slots=True)
class Unduck:
    """Back to full level."""


@dataclass(frozen=True, slots=True)
class PauseSpeech:
    """Fall silent, keep what is left."""


@dataclass(frozen=True, slots=True)
class ProceedSpeech:
    """Go on from the start of the word that was cut."""


@dataclass(frozen=True, slots=True)
class DropSpeech:
    """Forget what is left of everything queued."""


@dataclass(frozen=True, slots=True)
class FinishHearing:
    """The caller's utterance is over: ask for its final words now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWork:
    """Hand this to the background agent, with what was captured for it, by slot, on a way of its own."""

    package: DelegationPackage
    captured: Mapping[str, Secret] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopWork:
    """Nobody waits for this delegation any more."""

    delegation_id: DelegationId


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Consent is there: record from the next frame on."""


@dataclass(frozen=True, slots=True)
class DiscardRecording:
    """Consent was taken back: stop, and leave nothing of it."""


@dataclass(frozen=True, slots=True)
class SealRecording:
    """Consent was taken back, and what was recorded before may stay: stop, and close it as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldAnswer:
    """A yes was spoken: hold its sound until the consent is settled for good. Forget what else was heard before it."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class ForgetAnswer:
    """No sound of an answer may be kept."""


@dataclass(frozen=True, slots=True)
class KeepAnswer:
    """The consent stands: write down the answer that is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLeg:
    """Ask the caller's phone to call `target`, which gets `reference` with the call."""

    target: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterOptOut:
    """Enter it into the do-not-call list, and tell the talk once that is committed."""

    opted_out: OptedOut


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCall:
    """Hang up our side."""

    termination: Termination


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Append to the journal."""

    event: CallEvent


Command = (
    Say
    | Hum
    | Duck
    | Unduck
    | PauseSpeech
    | ProceedSpeech
    | DropSpeech
    | FinishHearing
    | StartWork
    | StopWork
    | StartRecording
    | DiscardRecording
    | SealRecording
    | HoldAnswer
    | ForgetAnswer
    | KeepAnswer
    | TransferLeg
    | EnterOptOut
    | EndCall
    | Note
)
