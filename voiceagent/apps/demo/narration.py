"""The talk as lines for a terminal: who, what, and how it is meant. Pure."""

from dataclasses import dataclass
from typing import Final

from voiceagent.telephony.events import (
    AgentSaid,
    Backchannelled,
    BargedIn,
    CallEnded,
    CallerSaid,
    CallEvent,
    ConsentDenied,
    ConsentGranted,
    ConsentWithdrawn,
    CorrectionSpoken,
    DelegationEnded,
    DelegationStarted,
    DisclosurePlayed,
    DtmfReceived,
    EffectConfirmed,
    EffectDeclined,
    EffectProposed,
    FloorTaken,
    LegAnswered,
    RecordingStarted,
    SpeechDucked,
    SpeechResumed,
    ToolCalled,
    WorkerWasLost,
)
from voiceagent.testing.caller.report import Saying


@dataclass(frozen=True, slots=True, kw_only=True)
class NarrationLine:
    """One line. `tone` is a style of the terminal's theme: agent, caller, floor, good, bad, work, soft."""

    who: str
    text: str
    tone: str
    at_ms: int | None = None


_SCRIPTED: Final = {
    "backchannel": "over the agent, a sign of listening",
    "barge_in": "over the agent, to take the floor",
}


def narrate_caller(saying: Saying) -> NarrationLine:
    """The caller begins a line."""
    how = _SCRIPTED.get(saying.role)
    text = f"“{saying.text}”" + (f"  ({how})" if how else "")
    return NarrationLine(who="caller", text=text, tone="caller", at_ms=saying.at_ms)


def narrate(event: CallEvent) -> NarrationLine | None:
    """What an event looks like; None for one that a listener need not see."""
    match event:
        case AgentSaid():
            return _agent(event)
        case CallerSaid():
            return _understood(event)
        case LegAnswered():
            return NarrationLine(who="call", text=f"answered, {event.codec}", tone="soft", at_ms=0)
        case ConsentGranted() | ConsentDenied() | ConsentWithdrawn() | RecordingStarted() | DisclosurePlayed():
            return _opening(event)
        case (
            DelegationStarted()
            | ToolCalled()
            | EffectProposed()
            | EffectConfirmed()
            | EffectDeclined()
            | DelegationEnded()
            | CorrectionSpoken()
        ):
            return _work(event)
        case CallEnded():
            return _ended(event)
        case WorkerWasLost():
            return NarrationLine(who="call", text=f"worker lost: {event.detail}", tone="bad", at_ms=event.at_ms)
        case _:
            return _floor(event)


def _ended(event: CallEnded) -> NarrationLine:
    text = f"{event.reason.value.replace('_', ' ')} {f'({event.detail})' if event.detail else ''}".strip()
    tone = "good" if event.result.value == "success" else "bad"
    return NarrationLine(who="call", text=text, tone=tone, at_ms=event.duration_ms)


def _agent(event: AgentSaid) -> NarrationLine | None:
    if not event.played and not event.withheld:
        return None
    words = "(words not kept)" if event.withheld else event.played
    tail = "" if event.completed else " ▮"
    return NarrationLine(who="agent", text=f"{words}{tail}", tone="agent", at_ms=event.start_ms)


def _understood(event: CallerSaid) -> NarrationLine:
    if not event.understood:
        return NarrationLine(who="", text="not understood", tone="bad", at_ms=event.end_ms)
    words = "words not kept" if event.withheld else event.text
    intent = f" → {event.intent}" if event.intent else ""
    return NarrationLine(
        who="", text=f"heard: {words}{intent} ({event.confidence:.2f})", tone="soft", at_ms=event.end_ms
    )


def _opening(
    event: ConsentGranted | ConsentDenied | ConsentWithdrawn | RecordingStarted | DisclosurePlayed,
) -> NarrationLine | None:
    match event:
        case ConsentGranted():
            text = f"consent to {event.purpose} granted by {event.method}"
            return NarrationLine(who="consent", text=text, tone="good", at_ms=event.at_ms)
        case ConsentDenied():
            text = f"consent to {event.purpose} denied ({event.method})"
            return NarrationLine(who="consent", text=text, tone="bad", at_ms=event.at_ms)
        case ConsentWithdrawn():
            text = f"consent to {event.purpose} withdrawn ({event.method})"
            return NarrationLine(who="consent", text=text, tone="bad", at_ms=event.at_ms)
        case RecordingStarted():
            return NarrationLine(who="record", text="both channels, from here on", tone="soft", at_ms=event.at_ms)
        case DisclosurePlayed() if not event.completed:
            return NarrationLine(who="opening", text=f"{event.prompt} cut short", tone="bad", at_ms=event.end_ms)
        case _:
            return None


def _change(event: EffectProposed | EffectConfirmed | EffectDeclined) -> str:
    if isinstance(event, EffectProposed):
        return f"{event.tool} waits for the caller's yes"
    return "the caller confirmed it" if isinstance(event, EffectConfirmed) else f"nothing is changed: {event.reason}"


def _work(
    event: DelegationStarted
    | ToolCalled
    | EffectProposed
    | EffectConfirmed
    | EffectDeclined
    | DelegationEnded
    | CorrectionSpoken,
) -> NarrationLine | None:
    match event:
        case DelegationStarted():
            text = f"delegated to the background agent: {event.intent}"
            return NarrationLine(who="work", text=text, tone="work", at_ms=event.at_ms)
        case ToolCalled():
            text = f"{event.name}: {event.status} in {event.duration_ms} ms"
            return NarrationLine(who="tool", text=text, tone="work" if event.status == "ok" else "bad")
        case EffectProposed() | EffectConfirmed() | EffectDeclined():
            return NarrationLine(who="work", text=_change(event), tone="work", at_ms=event.at_ms)
        case CorrectionSpoken():
            text = f"takes back “{event.said}”: it is “{event.now}”"
            return NarrationLine(who="work", text=text, tone="work", at_ms=event.at_ms)
        case DelegationEnded() if event.outcome != "woven":
            text = f"{event.outcome} {event.detail}".strip()
            return NarrationLine(who="work", text=text, tone="bad", at_ms=event.at_ms)
        case _:
            return None


def _floor(event: CallEvent) -> NarrationLine | None:
    match event:
        case FloorTaken() if event.response_latency_ms >= 0:
            text = f"takes the floor after {event.response_latency_ms} ms"
        case BargedIn():
            text = f"stops for the caller ({event.method})"
        case SpeechDucked():
            text = "ducks: is that a turn?"
        case SpeechResumed():
            text = "no turn: goes on"
        case Backchannelled():
            text = f"backchannel by the {event.by}"
        case DtmfReceived():
            text = f"key {event.digit}"
        case _:
            return None
    return NarrationLine(who="floor", text=text, tone="floor", at_ms=getattr(event, "at_ms", None))
