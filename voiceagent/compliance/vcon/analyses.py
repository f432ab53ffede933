"""What was made of the sound: the transcript, and the calls to tools."""

from typing import Any, Final

from voiceagent.compliance.vcon.dialogs import CALL
from voiceagent.compliance.vcon.parties import AGENT, CALLER
from voiceagent.records.dossier import CallDossier
from voiceagent.records.values import ToolCall, TranscriptSegment

TRANSCRIPT: Final = "voiceagent.transcript.v1"
TOOL_CALLS: Final = "voiceagent.toolcalls.v1"


def analyses_of(dossier: CallDossier) -> list[dict[str, Any]]:
    """Only what there is something of."""
    found = []
    if dossier.segments:
        segments = [_segment(segment) for segment in dossier.segments]
        found.append(_analysis("transcript", TRANSCRIPT, {"segments": segments}))
    if dossier.tool_calls:
        calls = [_tool_call(call) for call in dossier.tool_calls]
        found.append(_analysis("report", TOOL_CALLS, {"calls": calls}))
    return found


def _analysis(kind: str, schema: str, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": kind,
        "dialog": CALL,
        "vendor": "voiceagent",
        "product": "voiceagent",
        "schema": schema,
        "mediatype": "application/json",
        "encoding": "json",
        "body": body,
    }


def _segment(segment: TranscriptSegment) -> dict[str, Any]:
    """Times are ms on the call's media clock: since it was answered."""
    return {
        "party": CALLER if segment.speaker == "caller" else AGENT,
        "kind": segment.kind,
        "text": segment.text,
        "planned": segment.planned,
        "intent": segment.intent,
        "start_ms": segment.start_ms,
        "end_ms": segment.end_ms,
        "completed": segment.completed,
        "understood": segment.understood,
        "confidence": segment.confidence,
        "withheld": segment.withheld,
    }


def _tool_call(call: ToolCall) -> dict[str, Any]:
    return {
        "id": call.id,
        "tool": call.name,
        "delegation": call.delegation_id,
        "arguments": call.arguments,
        "result": call.result,
        "error": call.error,
        "status": call.status,
        "decision": call.decision,
        "duration_ms": call.duration_ms,
        "withheld": call.withheld,
    }
