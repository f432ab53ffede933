"""What of an event may be kept. Without consent to keep words, a call is served but its words are not stored."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from voiceagent.conversation.speech_plan import UtteranceKind
from voiceagent.telephony.cdr import CallDetailRecord, ConsentState
from voiceagent.telephony.events import (
    AgentSaid,
    Backchannelled,
    CallbackRequested,
    CallerSaid,
    CallEvent,
    CaptureEnded,
    CaptureStarted,
    ConsentGranted,
    CorrectionSpoken,
    DelegationEnded,
    DelegationStarted,
    DtmfReceived,
    EffectProposed,
    ToolCalled,
    TransferRequested,
)

# Fixed texts, which hold nobody's data.
SCRIPTED = frozenset({UtteranceKind.DISCLOSURE, UtteranceKind.NOTICE, UtteranceKind.CONSENT, UtteranceKind.APOLOGY})


# What is emptied, per event; everything else of a call says when and how, not what.
_EMPTIED: Mapping[type[CallEvent], Mapping[str, Any]] = {
    CallerSaid: {"text": "", "intent": "", "redactions": {}, "withheld": True},
    AgentSaid: {"planned": "", "played": "", "redactions": {}, "withheld": True},
    Backchannelled: {"text": ""},
    DtmfReceived: {"digit": ""},
    ConsentGranted: {
        "answer": ""
    },  # for another purpose than keeping words; of a withdrawal only the rule's words stay
    CaptureStarted: {"slot": ""},
    CaptureEnded: {"slot": ""},
    DelegationStarted: {"intent": ""},  # what they wanted, like the intent of what they said
    EffectProposed: {"tool": ""},  # what they wanted
    TransferRequested: {"intent": "", "slots": {}, "redactions": {}},
    CallbackRequested: {"intent": ""},  # not the number: it was given to be called back on
    CorrectionSpoken: {"said": "", "now": "", "redactions": {}},
    DelegationEnded: {"detail": ""},  # why it failed may quote them too
    # An error may quote the arguments.
    ToolCalled: {"arguments": {}, "result": {}, "error": "", "redactions": {}, "withheld": True},
}


def withhold(event: CallEvent, *, may_keep_words: bool) -> CallEvent:
    """The event as it may be recorded: unchanged with consent, emptied of anybody's words without.

    Agent words are withheld as well, because they repeat what the caller asked for and what the CRM knows about them;
    the fixed texts of the opening hold nobody's data and stay.
    """
    scripted = isinstance(event, AgentSaid) and event.kind in SCRIPTED
    if may_keep_words or scripted:
        return event
    return replace(event, **_EMPTIED.get(type(event), {}))


def may_pass_on_words(record: CallDetailRecord) -> bool:
    """Whether others, such as a CRM, may be told what was said in the call: while the caller's consent stands.

    Stricter than what is kept: of a call whose consent was taken back, what was stored before stays, but goes nowhere.
    """
    return record.consent is ConsentState.GRANTED
