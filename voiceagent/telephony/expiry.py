"""What is left of an event when a class of its content has expired: that it happened and when, but not what was in it.

The call's log stays whole: no entry is missing, counts and times fold as before, and a fold of the log that is left
brings nothing back. Classes are the letters of `records.base.RetentionClass`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from voiceagent.telephony import events as ev
from voiceagent.telephony.event_codec import Unrecognised
from voiceagent.telephony.events import CallEvent

_NOBODY: Final[Mapping[str, Any]] = {}
_WORDS: Final[Mapping[type[CallEvent], Mapping[str, Any]]] = {
    ev.CallerSaid: {"text": "", "intent": "", "withheld": True},
    ev.AgentSaid: {"planned": "", "played": "", "withheld": True},
    ev.Backchannelled: {"text": ""},
    ev.DtmfReceived: {"digit": ""},
    ev.CaptureStarted: {"slot": ""},
    ev.CaptureEnded: {"slot": ""},
    ev.DelegationStarted: {"intent": ""},
    ev.DelegationEnded: {"detail": ""},
    ev.CorrectionSpoken: {"said": "", "now": ""},
    ev.EffectProposed: {"tool": ""},
    ev.TransferRequested: {"intent": "", "slots": {}},
    ev.CallbackRequested: {"intent": ""},
}
_PAYLOADS: Final[Mapping[type[CallEvent], Mapping[str, Any]]] = {
    ev.ToolCalled: {"arguments": {}, "result": {}, "error": "", "withheld": True}
}
_ADDRESSES: Final[Mapping[type[CallEvent], Mapping[str, Any]]] = {
    ev.CallStarted: {"sip_call_id": ""},
    ev.CallRefused: {"explanation": "", "source": ""},
    ev.LegDialled: {"sip_call_id": ""},
    ev.OptedOut: {"number_hash": ""},
}
_ANSWERS: Final[Mapping[type[CallEvent], Mapping[str, Any]]] = {
    ev.ConsentGranted: {"answer": ""},
    ev.ConsentWithdrawn: {"answer": ""},
}

EMPTIED: Final[Mapping[str, Mapping[type[CallEvent], Mapping[str, Any]]]] = {
    "T": _WORDS,
    "X": _PAYLOADS,
    "M": _ADDRESSES,
    "C": _ANSWERS,
}


def emptied(event: CallEvent, expired: frozenset[str], pseudonym: Callable[[str], str] = lambda _: "") -> CallEvent:
    """The event without what belongs to the `expired` classes; the same object when that is nothing.

    With class M numbers of people become `pseudonym(number)`; "" stays "".
    """
    if isinstance(event, Unrecognised):  # of a newer version: nobody here knows what is in it
        return replace(event, data={}) if expired & EMPTIED.keys() and event.data else event
    changes = {name: value for letter in expired for name, value in _changes(event, letter).items()}
    if "M" in expired:
        changes |= _renamed(event, pseudonym)
    changes = {name: value for name, value in changes.items() if getattr(event, name) != value}
    return replace(event, **changes) if changes else event


def _changes(event: CallEvent, letter: str) -> Mapping[str, Any]:
    return EMPTIED.get(letter, {}).get(type(event), _NOBODY)


def _renamed(event: CallEvent, pseudonym: Callable[[str], str]) -> dict[str, Any]:
    """The person's number is the caller's of a call to us, and the callee's of a call of ours."""
    match event:
        case ev.CallStarted(direction="outbound", callee=number) if number:
            return {"callee": pseudonym(number)}
        case ev.CallStarted(caller=number) if number:
            return {"caller": pseudonym(number)}
        case ev.CallbackRequested(number=number) if number:
            return {"number": pseudonym(number)}
        case _:
            return {}
