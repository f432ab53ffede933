"""A call in a few lines for people who were not on it: pure, and the same from the same log.

What was asked, looked up and changed, who is to be called back, how it ended. Nothing is concluded that the log does
not say.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from voiceagent.core.termination import Reason
from voiceagent.telephony.cdr import CallDetailRecord
from voiceagent.telephony.events import (
    CallbackRequested,
    CallerSaid,
    CallEvent,
    DelegationStarted,
    EffectConfirmed,
    EffectProposed,
    Recorded,
    ToolCalled,
    TransferFailed,
    Transferred,
    TransferRequested,
)

_MOST = 12  # of each kind; a note is read, not searched
_MOST_CHARACTERS = 200  # of one quotation
_ANSWERS: Final = frozenset({"consent", "callback", "time"})  # to a question of the agent's, or "hold on": no wish

CALLBACK_REASONS: Final[Mapping[str, str]] = {
    "asked": "the caller asked for it",
    "closed": "nobody was there at that hour",
    "unreached": "nobody could be reached",
}

ENDINGS: Final[Mapping[Reason, str]] = {
    Reason.CALLER_HUNG_UP: "the caller hung up",
    Reason.AGENT_HUNG_UP: "the agent said goodbye",
    Reason.OPERATOR_HUNG_UP: "an operator ended the call",
    Reason.CONSENT_WITHHELD: "the caller did not consent",
    Reason.TIME_LIMIT: "the call reached its time limit",
    Reason.DEAD_AIR: "nobody spoke any more",
    Reason.TRANSFERRED: "the caller was transferred",
    Reason.CANCELLED: "the caller cancelled",
    Reason.OPTED_OUT: "they do not want to be called",
    Reason.BUSY: "the line was busy",
    Reason.NO_ANSWER: "nobody answered",
    Reason.DECLINED: "the call was declined",
    Reason.UNREACHABLE: "the number could not be reached",
    Reason.NOT_ALLOWED: "not dialled: it was not allowed",
    Reason.UNKNOWN_TRUNK: "refused",
    Reason.UNKNOWN_AGENT: "not dialled: there is no such agent",
    Reason.BAD_CREDENTIALS: "refused",
    Reason.UNKNOWN_NUMBER: "refused",
    Reason.UNSUPPORTED_CODEC: "refused",
    Reason.UNSUPPORTED_REQUEST: "refused",
    Reason.MALFORMED: "refused",
    Reason.NO_CAPACITY: "refused: every line was taken",
    Reason.MEDIA_LOST: "no sound came from the caller any more",
    Reason.WORKER_LOST: "a fault on our side cut the call off",
    Reason.GATEWAY_LOST: "a fault on our side cut the call off",
    Reason.SHUTDOWN: "the service was stopped",
    Reason.INTERNAL: "a fault on our side cut the call off",
}


def summarise(record: CallDetailRecord, log: Sequence[Recorded], *, with_words: bool) -> str:
    """The lines of a note. PII with words; without, only when, how long and how it ended."""
    events = [recorded.event for recorded in log]
    lines = [_headline(record)]
    if with_words:
        confirmed: dict[str, str] = {
            event.delegation_id: event.proposal_id for event in events if isinstance(event, EffectConfirmed)
        }
        lines += _line("Asked for", _asked(events))
        lines += _line("Looked up", _looked_up(events, frozenset(confirmed)))
        lines += _line("Changed", _changed(events, confirmed))
        lines += _line("Put through to a person", _put_through(events))
        lines += _line("To be called back", _called_back(events))
    else:
        lines.append("The caller has not allowed what was said to be kept, so it is not told here.")
    lines.append(f"Ended: {_ending(record)}.")
    lines.append(f"Call {record.call_id}")
    return "\n".join(lines)


def _headline(record: CallDetailRecord) -> str:
    minutes, seconds = divmod(round(record.duration_ms / 1000), 60)
    began = f"{record.answered_at or record.started_at:%Y-%m-%d %H:%M} UTC"
    return f"Call answered by the AI agent {record.profile} on {began}, {minutes}:{seconds:02} long."


def _ending(record: CallDetailRecord) -> str:
    try:
        return ENDINGS[Reason(record.reason)]
    except ValueError:  # written by a newer version
        return record.reason or "not known"


def _line(title: str, items: Iterable[str]) -> list[str]:
    """Repetitions are left out; of many, the last are told."""
    told = list(dict.fromkeys(items))
    if not told:
        return []
    left_out = f"({len(told) - _MOST} more) " if len(told) > _MOST else ""
    return [f"{title}: {left_out}{'; '.join(told[-_MOST:])}."]


def _asked(events: Iterable[CallEvent]) -> Iterator[str]:
    """What the caller said that was understood; an intent that was delegated without words of its own."""
    intents = set()
    for event in events:
        match event:
            case CallerSaid(understood=True, text=text, intent=intent) if text and intent and intent not in _ANSWERS:
                intents.add(intent)
                yield f'{intent} ("{_short(text)}")'
            case DelegationStarted(intent=intent) if intent and intent not in intents:
                intents.add(intent)
                yield intent


def _looked_up(events: Iterable[CallEvent], changing: frozenset[str]) -> Iterator[str]:
    for event in events:
        if isinstance(event, ToolCalled) and event.delegation_id not in changing:
            yield f"{event.name} ({_look_up_of(event)})"


def _look_up_of(event: ToolCalled) -> str:
    if event.status == "timeout":
        return "no answer in time"
    if event.status == "stopped":
        return "stopped, as something else was asked"
    if event.status != "ok":
        return "failed"
    return "ok" if event.result.get("found", True) else "nothing found"


def _changed(events: Sequence[CallEvent], confirmed: Mapping[str, str]) -> Iterator[str]:
    """Everything that the caller said yes to, and what is known of it."""
    ran: dict[str, ToolCalled] = {event.delegation_id: event for event in events if isinstance(event, ToolCalled)}
    tools: dict[str, str] = {event.proposal_id: event.tool for event in events if isinstance(event, EffectProposed)}
    for delegation_id, proposal_id in confirmed.items():
        event = ran.get(delegation_id)
        name = event.name if event else tools.get(proposal_id, "a change")
        yield f"{name}{_arguments(event)} ({_change_of(event)})"


def _change_of(event: ToolCalled | None) -> str:
    if event is None:
        return "confirmed by the caller, still being carried out when the call ended"
    if event.status != "ok":
        return "confirmed by the caller, not known to be done"
    if not event.result.get("found", True):
        return "confirmed by the caller, but nothing was found to change"
    return "confirmed by the caller, done"


def _put_through(events: Sequence[CallEvent]) -> Iterator[str]:
    """Every attempt, and what came of it."""
    outcomes = {event.reference: event for event in events if isinstance(event, Transferred | TransferFailed)}
    for event in events:
        if isinstance(event, TransferRequested):
            yield f"{_short(event.intent) or 'no reason told'} ({_outcome_of(outcomes.get(event.reference))})"


def _outcome_of(event: Transferred | TransferFailed | None) -> str:
    match event:
        case Transferred():
            return "answered"
        case TransferFailed(reason="call_over"):
            return "the caller left before anybody answered"
        case TransferFailed():
            return "nobody answered"
        case None:
            return "not known whether anybody answered"


def _called_back(events: Iterable[CallEvent]) -> Iterator[str]:
    for event in events:
        if isinstance(event, CallbackRequested):
            about = f", about {_short(event.intent)}" if event.intent else ""
            yield f"on {event.number}{about} ({CALLBACK_REASONS.get(event.reason, event.reason)})"


def _arguments(event: ToolCalled | None) -> str:
    given: Mapping[str, Any] = event.arguments if event else {}
    return "".join(f", {name} {_short(str(value))}" for name, value in sorted(given.items()))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_CHARACTERS else f"{line[: _MOST_CHARACTERS - 1]}…"
