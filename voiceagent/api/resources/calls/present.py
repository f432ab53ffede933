"""Records to what clients see. Pure."""

from math import ceil

from voiceagent.api.resources.calls.schemas import (
    AgentRef,
    Call,
    CallDetail,
    CallState,
    ConsentFacts,
    DisclosureFacts,
    EndedBy,
    Event,
    LatencyFacts,
    RecordingFacts,
    Segment,
    SipFacts,
    WriteBackFacts,
    WriteBackState,
)
from voiceagent.api.resources.retention.schemas import CallRetention
from voiceagent.core.termination import Reason, Result
from voiceagent.records.key_rules import TOOLS_READ
from voiceagent.records.values import JobState, StoredEvent, StoredWriteBack, TranscriptSegment
from voiceagent.telephony.cdr import CallDetailRecord, CallStatus
from voiceagent.telephony.event_codec import event_to_data, type_name_of
from voiceagent.telephony.events import Recorded, ToolCalled
from voiceagent.telephony.expiry import EMPTIED

_ENDED_BY = {
    Reason.CALLER_HUNG_UP.value: EndedBy.CALLER,
    Reason.CANCELLED.value: EndedBy.CALLER,
    Reason.CONSENT_WITHHELD.value: EndedBy.AGENT,
    Reason.AGENT_HUNG_UP.value: EndedBy.AGENT,
    Reason.TRANSFERRED.value: EndedBy.AGENT,
    Reason.OPTED_OUT.value: EndedBy.AGENT,
    Reason.OPERATOR_HUNG_UP.value: EndedBy.SUPERVISOR,
}

# A state to the record's statuses and results; empty results are any.
STATES: dict[CallState, tuple[tuple[CallStatus, ...], tuple[str, ...]]] = {
    CallState.RINGING: ((CallStatus.STARTED, CallStatus.RINGING), ()),
    CallState.IN_PROGRESS: ((CallStatus.ANSWERED,), ("",)),  # none yet; said, so that their index gives them in order
    CallState.COMPLETED: ((CallStatus.ENDED,), (Result.SUCCESS.value,)),
    CallState.FAILED: (
        (CallStatus.ENDED,),
        tuple(result.value for result in Result if result is not Result.SUCCESS),
    ),
    CallState.REJECTED: ((CallStatus.REFUSED,), ()),
}

_WRITE_BACKS: dict[JobState | None, WriteBackState] = {
    JobState.WAITING: WriteBackState.WAITING,
    JobState.RUNNING: WriteBackState.RUNNING,
}


def state_of(record: CallDetailRecord) -> CallState:
    """The first state that the record fits."""
    for state, (statuses, results) in STATES.items():
        if record.status in statuses and (not results or record.result in results):
            return state
    return CallState.FAILED


def call_of(record: CallDetailRecord) -> Call:
    """The call object."""
    ended = record.ended_at is not None
    return Call(
        id=record.call_id,
        tenant_id=record.tenant_id,
        direction=record.direction,
        transport=record.transport,
        status=state_of(record),
        from_=record.caller,
        to=record.callee,
        trunk=record.trunk,
        agent=AgentRef(profile=record.profile, version=record.profile_version),
        codec=record.codec,
        started_at=record.started_at,
        answered_at=record.answered_at,
        ended_at=record.ended_at,
        duration_ms=record.duration_ms,
        result=record.result or None,
        ended_reason=record.reason or None,
        ended_detail=record.detail,
        ended_by=_ENDED_BY.get(record.reason, EndedBy.SYSTEM) if ended else None,
        sip=SipFacts(call_id=record.sip_call_id, final_code=record.sip_code or None, explanation=record.explanation),
        disclosure=DisclosureFacts(status=record.disclosure.value),
        consent=ConsentFacts(recording=record.consent.value),
        recording=RecordingFacts(status=record.recording.value),
        latency=latency_of(record.response_latencies_ms),
        barge_ins=record.barge_ins,
        worker_losses=record.worker_losses,
    )


def detail_of(record: CallDetailRecord, write_back: StoredWriteBack | None, retention: CallRetention) -> CallDetail:
    """The call object with how far its write-back is, and what becomes of it."""
    job_id = write_back.job_id if write_back else None
    return CallDetail(
        **call_of(record).model_dump(),
        retention=retention,
        write_back=WriteBackFacts(state=write_back_state(record, write_back), job_id=job_id),
    )


def write_back_state(record: CallDetailRecord, write_back: StoredWriteBack | None) -> WriteBackState:
    """What is settled counts more than what the job says: it may be running to its end."""
    if write_back is None:
        if not record.write_back:
            return WriteBackState.NOT_WANTED
        return WriteBackState.NOT_YET if record.ended_at is None else WriteBackState.NOT_OWED
    if write_back.outcome:
        return WriteBackState(write_back.outcome)
    return _WRITE_BACKS.get(write_back.job_state, WriteBackState.FAILED)


def latency_of(latencies_ms: tuple[int, ...]) -> LatencyFacts:
    """Nearest-rank percentiles: values that were really measured."""
    ordered = sorted(latencies_ms)

    def percentile(share: float) -> int | None:
        return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None

    return LatencyFacts(responses=len(ordered), reaction_p50_ms=percentile(0.50), reaction_p95_ms=percentile(0.95))


def stored_event(event: StoredEvent) -> Event:
    return Event(seq=event.seq, at=event.at, type=event.type, data=event.data)


def seen_by(scopes: frozenset[str], event: Event) -> Event:
    """The event without what tools were given and answered, for whoever may not read that."""
    if TOOLS_READ in scopes or event.type != ToolCalled.TYPE:
        return event
    return event.model_copy(update={"data": {**event.data, **EMPTIED["X"][ToolCalled]}})


def live_event(recorded: Recorded) -> Event:
    return Event(
        seq=recorded.seq, at=recorded.at, type=type_name_of(recorded.event), data=event_to_data(recorded.event)
    )


def segment_of(segment: TranscriptSegment) -> Segment:
    return Segment.model_validate(segment, from_attributes=True)
