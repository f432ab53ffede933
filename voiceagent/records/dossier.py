"""Everything that the records hold of one call, as plain values: what an export is made from."""

from dataclasses import dataclass

from voiceagent.records.captured_spans import CapturedSpan, SilencedSpan
from voiceagent.records.values import (
    CallLeg,
    ConsentEvidence,
    Recording,
    StoredCallback,
    StoredTransfer,
    ToolCall,
    TranscriptSegment,
)
from voiceagent.telephony.cdr import CallDetailRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDossier:
    """One call with all that belongs to it, each part in an order that does not depend on how it was stored. PII."""

    record: CallDetailRecord
    legs: tuple[CallLeg, ...] = ()
    segments: tuple[TranscriptSegment, ...] = ()
    consents: tuple[ConsentEvidence, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    recordings: tuple[Recording, ...] = ()
    transfers: tuple[StoredTransfer, ...] = ()
    callbacks: tuple[StoredCallback, ...] = ()
    captures: tuple[CapturedSpan, ...] = ()
    silenced: tuple[SilencedSpan, ...] = ()
    masked_words: bool = False  # before they were kept, and they are all still here
