"""The demo's result as one JSON object. Pure.

`transcript` holds what was heard, in order. What the agent had planned and nobody heard follows the utterance that was
cut short, with `played` false. Latencies are those of `measure`, taken from the audio at the caller's side.
"""

from typing import Any

from voiceagent.apps.demo.outcome import Outcome


def report_of(outcome: Outcome) -> dict[str, Any]:
    """The object that `voiceagent demo --json` prints."""
    call = outcome.call
    return {
        "call_id": outcome.call_id,
        "ended": {"result": call["result"], "reason": call["ended_reason"]},
        "disclosure": {"completed": call["disclosure"]["status"] == "completed"},
        "consent": {"recording": call["consent"]["recording"]},
        "transcript": _transcript(outcome),
        "tool_calls": [
            {"name": tool.name, "status": tool.status, "ms": tool.duration_ms} for tool in outcome.tool_calls
        ],
        "response_latency_ms": list(outcome.measured.response_latency_ms),
        "barge_in_stop_ms": list(outcome.measured.barge_in_stop_ms),
        "backchannels_survived": outcome.measured.backchannels_survived,
        "recording": str(outcome.recording or ""),
        "timeline": str(outcome.timeline),
        "records": outcome.records,
    }


def _transcript(outcome: Outcome) -> list[dict[str, Any]]:
    unheard = {said.start_ms: said for said in outcome.agent_said if not said.completed}
    lines: list[dict[str, Any]] = []
    for segment in outcome.transcript:
        start_ms, end_ms = segment["start_ms"], segment["end_ms"]
        line = {"speaker": segment["speaker"], "text": segment["text"], "start_ms": start_ms, "end_ms": end_ms}
        if segment["text"]:
            lines.append({**line, "played": True})
        said = unheard.get(start_ms) if segment["speaker"] == "agent" else None
        rest = " ".join(said.planned.split()[len(said.played.split()) :]) if said is not None else ""
        if rest:
            lines.append({"speaker": "agent", "text": rest, "start_ms": end_ms, "end_ms": end_ms, "played": False})
    return lines
