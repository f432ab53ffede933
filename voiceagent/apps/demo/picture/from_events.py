"""A scene from a call's events, its measured figures and the caller's recording. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from voiceagent.apps.demo.measure import Measured
from voiceagent.apps.demo.picture.scene import Act, Flag, Mark, Speaker, Stretch, Words, Work
from voiceagent.audio.frame import samples_to_ms
from voiceagent.telephony.events import (
    AgentSaid,
    Backchannelled,
    BargedIn,
    CallEnded,
    CallerSaid,
    CallEvent,
    ConsentDenied,
    ConsentGranted,
    DelegationEnded,
    DelegationStarted,
    FloorTaken,
    RecordingStarted,
    SpeechDucked,
    SpeechResumed,
    ToolCalled,
)
from voiceagent.testing.caller.script import Role

_NOT_KEPT = "(words not kept)"


@dataclass(slots=True)
class EventMarks:
    """Everything in the events that can be drawn."""

    words: list[Words] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    recording_from_ms: int = -1


def marks_of(events: Iterable[CallEvent], shift_ms: int) -> EventMarks:
    """Collect what can be drawn. `shift_ms` takes the call's media clock to the recording's clock."""
    out = EventMarks()
    started: dict[str, tuple[str, int]] = {}
    tools: dict[str, list[ToolCalled]] = {}
    for event in events:
        match event:
            case CallerSaid():
                out.words.append(_caller(event, shift_ms))
            case AgentSaid():
                out.words.append(_agent(event, shift_ms))
            case DelegationStarted():
                started[event.delegation_id] = (event.intent, event.at_ms + shift_ms)
            case ToolCalled():
                tools.setdefault(event.delegation_id, []).append(event)
            case DelegationEnded():
                intent, start_ms = started.pop(event.delegation_id, ("", event.at_ms + shift_ms))
                out.works.append(_work(event, intent, start_ms, tools.get(event.delegation_id, []), shift_ms))
            case _:
                _moment(event, out, shift_ms)
    return out


def stretches_of(measured: Measured) -> tuple[Stretch, ...]:
    """Brackets for the figures that were measured on the recording."""
    stretches: list[Stretch] = []
    for item in measured.lines:
        start_ms, end_ms = samples_to_ms(item.line.start), samples_to_ms(item.line.end)
        if item.stop_ms is not None:
            stretches.append(Stretch(kind="stop", start_ms=start_ms, end_ms=start_ms + item.stop_ms))
        if item.response_ms is not None and item.response_ms > 0:
            stretches.append(Stretch(kind="response", start_ms=end_ms, end_ms=end_ms + item.response_ms))
    return tuple(stretches)


def backchannels_of(measured: Measured) -> tuple[Words, ...]:
    """The caller's signs of listening: the platform keeps no segment of them, the recording does."""
    return tuple(
        Words(
            speaker=Speaker.CALLER,
            text=item.line.text,
            start_ms=samples_to_ms(item.line.start),
            end_ms=samples_to_ms(item.line.end),
        )
        for item in measured.lines
        if item.line.role is Role.BACKCHANNEL
    )


def without_overlaps(words: Sequence[Words], more: Sequence[Words]) -> tuple[Words, ...]:
    """`words`, and those of `more` that lie over none of the same speaker's."""
    extra = [
        one
        for one in more
        if not any(w.speaker is one.speaker and w.start_ms < one.end_ms and one.start_ms < w.end_ms for w in words)
    ]
    return tuple(sorted([*words, *extra], key=lambda one: one.start_ms))


def _caller(event: CallerSaid, shift_ms: int) -> Words:
    text = event.text or (_NOT_KEPT if event.withheld else "(not understood)")
    return Words(speaker=Speaker.CALLER, text=text, start_ms=event.start_ms + shift_ms, end_ms=event.end_ms + shift_ms)


def _agent(event: AgentSaid, shift_ms: int) -> Words:
    played, planned = event.played.split(), event.planned.split()
    return Words(
        speaker=Speaker.AGENT,
        text=event.played or (_NOT_KEPT if event.withheld else ""),
        unspoken="" if event.completed else " ".join(planned[len(played) :]),
        start_ms=event.start_ms + shift_ms,
        end_ms=event.end_ms + shift_ms,
        note=event.kind,
    )


def _work(event: DelegationEnded, intent: str, start_ms: int, tools: Sequence[ToolCalled], shift_ms: int) -> Work:
    ran = ", ".join(f"{tool.name} {tool.status} in {tool.duration_ms} ms" for tool in tools)
    label = f"{intent}: {ran or event.outcome}"
    end_ms = event.at_ms + shift_ms
    return Work(label=label, start_ms=start_ms, end_ms=end_ms, ok=event.outcome == "woven")


def _moment(event: CallEvent, out: EventMarks, shift_ms: int) -> None:
    """Events that are points in time."""
    match event:
        case FloorTaken():
            out.marks.append(Mark(act=Act.TAKE, at_ms=event.at_ms + shift_ms))
        case SpeechDucked():
            out.marks.append(Mark(act=Act.DUCK, at_ms=event.at_ms + shift_ms))
        case SpeechResumed():
            out.marks.append(Mark(act=Act.RESUME, at_ms=event.at_ms + shift_ms))
        case BargedIn():
            out.marks.append(Mark(act=Act.STOP, at_ms=event.at_ms + shift_ms))
        case Backchannelled():
            out.marks.append(Mark(act=Act.BACKCHANNEL, at_ms=event.at_ms + shift_ms))
        case ConsentGranted():
            text = f"consent to {event.purpose} granted ({event.method})"
            out.flags.append(Flag(text=text, at_ms=event.at_ms + shift_ms, tone="good"))
        case ConsentDenied():
            text = f"consent to {event.purpose} denied ({event.method})"
            out.flags.append(Flag(text=text, at_ms=event.at_ms + shift_ms, tone="bad"))
        case RecordingStarted():
            out.recording_from_ms = event.at_ms + shift_ms
        case CallEnded():
            text = event.reason.value.replace("_", " ")
            tone = "good" if event.result.value == "success" else "bad"
            out.flags.append(Flag(text=text, at_ms=event.duration_ms + shift_ms, tone=tone))
        case _:
            pass
