"""The call detail record as a fold over a call's events: pure, incremental, and the same when events come again.

`fold` takes events in order of `seq`. What the record says about disclosure and consent follows from the events alone,
so it can always be recomputed and checked.
"""

# ruff: noqa: ARG001 - all folds share one signature, so that a table can hold them

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import reduce
from typing import Any

from voiceagent.core.ids import CallId, TenantId
from voiceagent.telephony import events as ev
from voiceagent.telephony.events import CallEvent, Recorded


class CallStatus(StrEnum):
    STARTED = "started"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"
    REFUSED = "refused"


class DisclosureStatus(StrEnum):
    """Whether the caller was told that this is an AI."""

    NONE = "none"
    CUT_SHORT = "cut_short"
    COMPLETED = "completed"


class ConsentState(StrEnum):
    """Consent to recording."""

    NONE = "none"
    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class RecordingState(StrEnum):
    OFF = "off"
    ON = "on"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDetailRecord:
    """One call. `caller`, `callee`, `explanation`, `source` and `sip_call_id` may hold personal data."""

    call_id: CallId
    tenant_id: TenantId
    started_at: datetime
    last_seq: int = 0
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    status: CallStatus = CallStatus.STARTED
    direction: str = ""
    transport: str = ""
    caller: str = ""
    callee: str = ""
    trunk: str = ""
    profile: str = ""
    profile_version: int = 0
    sip_call_id: str = ""
    write_back: bool = False  # the profile wants its summary in the CRM
    codec: str = ""
    worker_id: str = ""
    worker_losses: int = 0
    duration_ms: int = 0
    result: str = ""
    reason: str = ""
    detail: str = ""
    sip_code: int = 0  # of a refusal
    explanation: str = ""  # of a refusal
    source: str = ""  # of a refusal
    disclosure: DisclosureStatus = DisclosureStatus.NONE
    consent: ConsentState = ConsentState.NONE
    recording: RecordingState = RecordingState.OFF
    caller_segments: int = 0
    agent_utterances: int = 0
    barge_ins: int = 0
    response_latencies_ms: tuple[int, ...] = ()

    @property
    def person(self) -> str:
        """The number at the other end: who called us, or whom we called."""
        return self.callee if self.direction == "outbound" else self.caller


_Fields = dict[str, Any]


def _started(record: CallDetailRecord, event: ev.CallStarted, at: datetime) -> _Fields:
    return {
        "started_at": at,
        "direction": event.direction,
        "transport": event.transport,
        "caller": event.caller,
        "callee": event.callee,
        "trunk": event.trunk,
        "profile": event.profile,
        "profile_version": event.profile_version,
        "sip_call_id": event.sip_call_id,
        "write_back": event.write_back,
    }


def _refused(record: CallDetailRecord, event: ev.CallRefused, at: datetime) -> _Fields:
    return {
        "status": CallStatus.REFUSED,
        "sip_code": event.sip_code,
        "reason": event.reason.value,
        "explanation": event.explanation,
        "source": event.source,
    }


def _ringing(record: CallDetailRecord, event: ev.LegRinging, at: datetime) -> _Fields:
    return {"status": CallStatus.RINGING} if record.status is CallStatus.STARTED else {}


def _dialled(record: CallDetailRecord, event: ev.LegDialled, at: datetime) -> _Fields:
    return {"sip_call_id": event.sip_call_id}


def _answered(record: CallDetailRecord, event: ev.LegAnswered, at: datetime) -> _Fields:
    if record.answered_at is not None:
        return {}
    return {"status": CallStatus.ANSWERED, "answered_at": at, "codec": event.codec}


def _ended(record: CallDetailRecord, event: ev.CallEnded, at: datetime) -> _Fields:
    refused = record.status is CallStatus.REFUSED
    return {
        "status": CallStatus.REFUSED if refused else CallStatus.ENDED,
        "ended_at": at,
        "result": event.result.value,
        "reason": event.reason.value,
        "detail": event.detail,
        "duration_ms": event.duration_ms,
    }


def _leased(record: CallDetailRecord, event: ev.WorkerLeased, at: datetime) -> _Fields:
    return {"worker_id": event.worker_id}


def _worker_lost(record: CallDetailRecord, event: ev.WorkerWasLost, at: datetime) -> _Fields:
    return {"worker_losses": record.worker_losses + 1}


def _disclosed(record: CallDetailRecord, event: ev.DisclosurePlayed, at: datetime) -> _Fields:
    if event.prompt != "disclosure" or record.disclosure is DisclosureStatus.COMPLETED:
        return {}
    return {"disclosure": DisclosureStatus.COMPLETED if event.completed else DisclosureStatus.CUT_SHORT}


def _granted(record: CallDetailRecord, event: ev.ConsentGranted, at: datetime) -> _Fields:
    return {"consent": ConsentState.GRANTED} if event.purpose == "recording" else {}


def _denied(record: CallDetailRecord, event: ev.ConsentDenied, at: datetime) -> _Fields:
    if event.purpose != "recording":
        return {}
    had_it = record.consent in (ConsentState.GRANTED, ConsentState.WITHDRAWN)
    return {"consent": ConsentState.WITHDRAWN if had_it else ConsentState.DENIED}


def _withdrawn(record: CallDetailRecord, event: ev.ConsentWithdrawn, at: datetime) -> _Fields:
    return {"consent": ConsentState.WITHDRAWN} if event.purpose == "recording" else {}


def _recording(record: CallDetailRecord, event: ev.RecordingStarted, at: datetime) -> _Fields:
    return {"recording": RecordingState.ON}


def _sealed(record: CallDetailRecord, event: ev.RecordingSealed, at: datetime) -> _Fields:
    return {"recording": RecordingState.SEALED}


def _discarded(record: CallDetailRecord, event: ev.RecordingDiscarded, at: datetime) -> _Fields:
    return {"recording": RecordingState.OFF}


def _caller_said(record: CallDetailRecord, event: ev.CallerSaid, at: datetime) -> _Fields:
    return {"caller_segments": record.caller_segments + 1}


def _agent_said(record: CallDetailRecord, event: ev.AgentSaid, at: datetime) -> _Fields:
    return {"agent_utterances": record.agent_utterances + 1}


def _barged_in(record: CallDetailRecord, event: ev.BargedIn, at: datetime) -> _Fields:
    return {"barge_ins": record.barge_ins + 1}


def _floor_taken(record: CallDetailRecord, event: ev.FloorTaken, at: datetime) -> _Fields:
    if event.response_latency_ms < 0:
        return {}
    return {"response_latencies_ms": (*record.response_latencies_ms, event.response_latency_ms)}


_FOLDS: dict[type[CallEvent], Callable[[CallDetailRecord, Any, datetime], _Fields]] = {
    ev.CallStarted: _started,
    ev.CallRefused: _refused,
    ev.LegRinging: _ringing,
    ev.LegDialled: _dialled,
    ev.LegAnswered: _answered,
    ev.CallEnded: _ended,
    ev.WorkerLeased: _leased,
    ev.WorkerWasLost: _worker_lost,
    ev.DisclosurePlayed: _disclosed,
    ev.ConsentGranted: _granted,
    ev.ConsentDenied: _denied,
    ev.ConsentWithdrawn: _withdrawn,
    ev.RecordingStarted: _recording,
    ev.RecordingSealed: _sealed,
    ev.RecordingDiscarded: _discarded,
    ev.CallerSaid: _caller_said,
    ev.AgentSaid: _agent_said,
    ev.BargedIn: _barged_in,
    ev.FloorTaken: _floor_taken,
}


def empty(recorded: Recorded) -> CallDetailRecord:
    """The record of a call of which nothing is known but that `recorded` belongs to it."""
    return CallDetailRecord(call_id=recorded.call_id, tenant_id=recorded.tenant_id, started_at=recorded.at)


def fold(record: CallDetailRecord, recorded: Recorded) -> CallDetailRecord:
    """The record after `recorded`; unchanged when its `seq` was folded before."""
    if recorded.seq <= record.last_seq:
        return record
    step = _FOLDS.get(type(recorded.event))
    fields = step(record, recorded.event, recorded.at) if step else {}
    return replace(record, last_seq=recorded.seq, **fields)


def fold_all(events: Iterable[Recorded]) -> CallDetailRecord | None:
    """The record of a whole log, in any order and with repetitions; None of an empty one."""
    ordered = sorted(events, key=lambda recorded: recorded.seq)
    return reduce(fold, ordered, empty(ordered[0])) if ordered else None
