"""Events of a caller who is handed over to a person, now or by a callback."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from voiceagent.telephony.call_event import CallEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequested(CallEvent):
    """The caller's phone was asked to call `target` (REFER). `reference` leads the target to the summary."""

    TYPE: ClassVar[str] = "transfer.requested"
    reference: str
    target: str
    at_ms: int
    intent: str = ""  # PII: what they wanted
    slots: dict[str, Any]  # PII: and what they said about it
    redactions: dict[str, int] = field(default_factory=dict)  # what was masked in the words, kind by kind


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFailed(CallEvent):
    """The caller is still with us, or has left. `sip_code` is the target's answer, 0 where there was none."""

    TYPE: ClassVar[str] = "transfer.failed"
    reference: str
    reason: str  # refused: by their phone, the target or the time limit; call_over
    at_ms: int
    sip_code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred(CallEvent):
    """The target has answered; the call ends with the reason `transferred`."""

    TYPE: ClassVar[str] = "transfer.completed"
    reference: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackOffered(CallEvent):
    TYPE: ClassVar[str] = "callback.offered"
    reason: str  # asked | closed | unreached
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequested(CallEvent):
    """The caller wants to be called back. The number is kept whatever they said about words: they asked for it."""

    TYPE: ClassVar[str] = "callback.requested"
    callback_id: str
    number: str  # PII: from signalling, or as they said it
    reason: str
    at_ms: int
    intent: str = ""  # PII: what it is about
