"""The timeline picture of a demo call. Pure."""

from datetime import datetime
from statistics import median_low

from voiceagent.apps.demo.outcome import Outcome
from voiceagent.apps.demo.picture.from_events import backchannels_of, marks_of, stretches_of, without_overlaps
from voiceagent.apps.demo.picture.page import draw
from voiceagent.apps.demo.picture.scene import Scene
from voiceagent.testing.caller.script import Role


def draw_timeline(outcome: Outcome) -> str:
    """The call as a self-contained SVG, on the caller's clock."""
    drawn = marks_of(outcome.events, outcome.shift_ms)
    return draw(
        Scene(
            title=f"{outcome.company}: a call of {_duration(outcome.call['duration_ms'])}",
            subtitle=_subtitle(outcome),
            figures=_figures(outcome),
            said=outcome.said,
            heard=outcome.heard,
            words=without_overlaps(drawn.words, backchannels_of(outcome.measured)),
            marks=tuple(drawn.marks),
            stretches=stretches_of(outcome.measured),
            works=tuple(drawn.works),
            flags=tuple(drawn.flags),
            recording_from_ms=drawn.recording_from_ms,
        )
    )


def _subtitle(outcome: Outcome) -> str:
    call = outcome.call
    started = datetime.fromisoformat(call["started_at"]).strftime("%d %b %Y %H:%M UTC")
    transport = f"{call['transport'].upper()}, {call['codec']}"
    return f"{outcome.call_id} · {started} · from {call['from']} to {call['to']} · {transport} · as the caller heard it"


def _figures(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    call, measured = outcome.call, outcome.measured
    answers, stops = measured.response_latency_ms, measured.barge_in_stop_ms
    backchannels = sum(line.role is Role.BACKCHANNEL for line in outcome.caller.lines)
    return (
        (f"{median_low(answers)} ms" if answers else "none", "to an answer (median)"),
        (f"{max(stops)} ms" if stops else "none", "to stop for the caller"),
        (f"{measured.backchannels_survived} of {backchannels}", "backchannels talked through"),
        (call["consent"]["recording"], "consent to recording"),
        (str(len(outcome.tool_calls)), "tool calls"),
        (call["result"] or "failed", (call["ended_reason"] or "").replace("_", " ")),
    )


def _duration(duration_ms: int) -> str:
    minutes, seconds = divmod(round(duration_ms / 1000), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
