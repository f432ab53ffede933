"""What one event changes in the tables beside `calls`: pure, and the same when the event comes again.

A change names the row by `key` and the columns it sets; columns it does not name keep their value or default.
"""

# ruff: noqa: ARG001 - all projections share one signature, so that a table can hold them

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from voiceagent.records import consent_rows as consent, handing_over_rows as handing_over, opt_out_rows as opt_out
from voiceagent.records.row_change import RowChange
from voiceagent.telephony import events as ev
from voiceagent.telephony.cdr import CallDetailRecord
from voiceagent.telephony.events import CallEvent, Recorded

_Projection = Callable[[CallDetailRecord, Recorded, Any], RowChange | None]


def _leg(before: CallDetailRecord, recorded: Recorded, event: Any, values: dict[str, Any]) -> RowChange:
    return RowChange(
        table="call_legs",
        key={"id": event.leg_id},
        values={
            "call_id": recorded.call_id,
            "tenant_id": recorded.tenant_id,
            "transport": before.transport,
            **values,
        },
    )


def _leg_ringing(before: CallDetailRecord, recorded: Recorded, event: ev.LegRinging) -> RowChange:
    return _leg(before, recorded, event, {"ringing_at": recorded.at})


def _leg_answered(before: CallDetailRecord, recorded: Recorded, event: ev.LegAnswered) -> RowChange:
    return _leg(before, recorded, event, {"answered_at": recorded.at, "codec": event.codec})


def _leg_ended(before: CallDetailRecord, recorded: Recorded, event: ev.LegEnded) -> RowChange:
    values = {
        "ended_at": recorded.at,
        "result": event.result.value,
        "reason": event.reason.value,
        "detail": event.detail,
        "packets_received": event.packets_received,
        "packets_lost": event.packets_lost,
        "jitter_ms": event.jitter_ms,
    }
    return _leg(before, recorded, event, values)


def _segment(recorded: Recorded, values: dict[str, Any]) -> RowChange:
    return RowChange(
        table="transcript_segments",
        key={"call_id": recorded.call_id, "seq": recorded.seq},
        values={"tenant_id": recorded.tenant_id, **values},
        once=True,
    )


def _caller_said(before: CallDetailRecord, recorded: Recorded, event: ev.CallerSaid) -> RowChange:
    values = {
        "speaker": "caller",
        "kind": "caller",
        "text": event.text,
        "planned": "",
        "start_ms": event.start_ms,
        "end_ms": event.end_ms,
        "completed": True,
        "understood": event.understood,
        "confidence": event.confidence,
        "intent": event.intent,
        "utterance_id": "",
        "withheld": event.withheld,
    }
    return _segment(recorded, values)


def _agent_said(before: CallDetailRecord, recorded: Recorded, event: ev.AgentSaid) -> RowChange:
    values = {
        "speaker": "agent",
        "kind": event.kind,
        "text": event.played,
        "planned": event.planned,
        "start_ms": event.start_ms,
        "end_ms": event.end_ms,
        "completed": event.completed,
        "understood": True,
        "confidence": 1.0,
        "intent": "",
        "utterance_id": event.utterance_id,
        "withheld": event.withheld,
    }
    return _segment(recorded, values)


def _tool_called(before: CallDetailRecord, recorded: Recorded, event: ev.ToolCalled) -> RowChange:
    values = asdict(event)
    del values["redactions"]  # the marks in the values tell
    return RowChange(
        table="tool_calls",
        key={"id": values.pop("tool_call_id")},
        values={
            "call_id": recorded.call_id,
            "tenant_id": recorded.tenant_id,
            "seq": recorded.seq,
            "at": recorded.at,
            **values,
        },
        once=True,
    )


def _recording_started(before: CallDetailRecord, recorded: Recorded, event: ev.RecordingStarted) -> RowChange:
    return RowChange(
        table="recordings",
        key={"id": event.recording_id},
        values={
            "call_id": recorded.call_id,
            "tenant_id": recorded.tenant_id,
            "state": "open",
            "started_at": recorded.at,
            "start_ms": event.at_ms,
        },
        keeps=frozenset({"state"}),  # the sealed row must not open again when its start is written after, or again
    )


def _recording_sealed(before: CallDetailRecord, recorded: Recorded, event: ev.RecordingSealed) -> RowChange:
    values = asdict(event)
    del values["salvaged"]  # the log tells
    return RowChange(
        table="recordings",
        key={"id": values.pop("recording_id")},
        values={
            "call_id": recorded.call_id,
            "tenant_id": recorded.tenant_id,
            "state": "sealed",
            "sealed_at": recorded.at,
            **values,
        },
    )


def _recording_discarded(before: CallDetailRecord, recorded: Recorded, event: ev.RecordingDiscarded) -> RowChange:
    return RowChange(
        table="recordings",
        key={"id": event.recording_id},
        values={"call_id": recorded.call_id, "tenant_id": recorded.tenant_id, "state": "deleted"},
    )


_PROJECTIONS: dict[type[CallEvent], _Projection] = {
    ev.LegRinging: _leg_ringing,
    ev.LegAnswered: _leg_answered,
    ev.LegEnded: _leg_ended,
    ev.DisclosurePlayed: consent.disclosed,
    ev.ConsentGranted: consent.granted,
    ev.ConsentDenied: consent.denied,
    ev.ConsentWithdrawn: consent.withdrawn,
    ev.ConsentAnswerKept: consent.answer_kept,
    ev.OptedOut: opt_out.opted_out,
    ev.CallerSaid: _caller_said,
    ev.AgentSaid: _agent_said,
    ev.ToolCalled: _tool_called,
    ev.RecordingStarted: _recording_started,
    ev.RecordingSealed: _recording_sealed,
    ev.RecordingDiscarded: _recording_discarded,
    ev.TransferRequested: handing_over.transfer_requested,
    ev.TransferFailed: handing_over.transfer_failed,
    ev.Transferred: handing_over.transferred,
    ev.CallbackRequested: handing_over.callback_requested,
}


def project(before: CallDetailRecord, recorded: Recorded) -> RowChange | None:
    """The row that `recorded` writes, given the call's record before it; None when it writes none."""
    projection = _PROJECTIONS.get(type(recorded.event))
    return projection(before, recorded, recorded.event) if projection else None
