"""What of an event may be kept. Without consent to keep words, a call is served but its words are not stored."""

from dataclasses import replace

from voiceagent.conversation.speech_plan import UtteranceKind
from voiceagent.telephony.events import (
    AgentSaid,
    Backchannelled,
    CallerSaid,
    CallEvent,
    ConsentGranted,
    DelegationStarted,
    DtmfReceived,
    ToolCalled,
)

_SCRIPTED = frozenset({UtteranceKind.DISCLOSURE, UtteranceKind.NOTICE, UtteranceKind.CONSENT, UtteranceKind.APOLOGY})


def withhold(event: CallEvent, *, may_keep_words: bool) -> CallEvent:
    """The event as it may be recorded: unchanged with consent, emptied of anybody's words without.

    Agent words are withheld as well, because they repeat what the caller asked for and what the CRM knows about them;
    the fixed texts of the opening hold nobody's data and stay.
    """
    if may_keep_words:
        return event
    match event:
        case CallerSaid():
            return replace(event, text="", intent="", withheld=True)
        case AgentSaid() if event.kind not in _SCRIPTED:
            return replace(event, planned="", played="", withheld=True)
        case Backchannelled():
            return replace(event, text="")
        case DtmfReceived():
            return replace(event, digit="")
        case ConsentGranted():  # for another purpose than keeping words
            return replace(event, answer="")
        case DelegationStarted():  # what they wanted, like the intent of what they said
            return replace(event, intent="")
        case ToolCalled():  # an error may quote the arguments
            return replace(event, arguments={}, result={}, error="", withheld=True)
        case _:
            return event
