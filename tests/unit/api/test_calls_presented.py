from dataclasses import replace
from datetime import UTC, datetime

import pytest

from voiceagent.api.resources.calls.live import as_sse
from voiceagent.api.resources.calls.present import STATES, call_of, latency_of, state_of, write_back_state
from voiceagent.api.resources.calls.schemas import CallState, EndedBy, Event, WriteBackState
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.values import JobState, StoredWriteBack
from voiceagent.telephony.cdr import CallDetailRecord, CallStatus

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def record(status: CallStatus, *, result: str = "", reason: str = "") -> CallDetailRecord:
    ended_at = NOON if status in (CallStatus.ENDED, CallStatus.REFUSED) else None
    return CallDetailRecord(
        call_id=CallId("call_1"),
        tenant_id=TenantId("ten_a"),
        started_at=NOON,
        ended_at=ended_at,
        status=status,
        caller="+15550001",
        result=result,
        reason=reason,
    )


@pytest.mark.parametrize(
    ("status", "result", "state"),
    [
        (CallStatus.STARTED, "", CallState.RINGING),
        (CallStatus.RINGING, "", CallState.RINGING),
        (CallStatus.ANSWERED, "", CallState.IN_PROGRESS),
        (CallStatus.ENDED, "success", CallState.COMPLETED),
        (CallStatus.ENDED, "upstream", CallState.FAILED),
        (CallStatus.REFUSED, "client", CallState.REJECTED),
    ],
)
def test_a_state_follows_from_the_record_and_the_filter_of_that_state_finds_it(
    status: CallStatus, result: str, state: CallState
) -> None:
    one = record(status, result=result)

    statuses, results = STATES[state]
    assert state_of(one) is state
    assert one.status in statuses
    assert not results or one.result in results


@pytest.mark.parametrize(
    ("reason", "by"),
    [
        ("caller_hung_up", EndedBy.CALLER),
        ("agent_hung_up", EndedBy.AGENT),
        ("operator_hung_up", EndedBy.SUPERVISOR),
        ("media_lost", EndedBy.SYSTEM),
    ],
)
def test_who_ended_a_call_follows_from_its_reason(reason: str, by: EndedBy) -> None:
    assert call_of(record(CallStatus.ENDED, result="success", reason=reason)).ended_by is by


def test_a_running_call_has_no_end() -> None:
    call = call_of(record(CallStatus.ANSWERED))

    assert (call.ended_by, call.ended_reason, call.result) == (None, None, None)
    assert call.model_dump(by_alias=True)["from"] == "+15550001"


def test_percentiles_are_measured_values() -> None:
    facts = latency_of((500, 100, 300, 200, 400))

    assert (facts.responses, facts.reaction_p50_ms, facts.reaction_p95_ms) == (5, 300, 500)
    assert latency_of(()).reaction_p50_ms is None


def test_an_event_is_one_sse_message_whatever_it_says() -> None:
    text = as_sse(Event(seq=3, at=NOON, type="caller.said", data={"text": "one\ntwo\r\n\nid: 9"}))

    lines = text.split("\n")
    assert lines[:2] == ["id: 3", "event: caller.said"]
    assert lines[2].startswith("data: {")
    assert lines[3:] == ["", ""]


@pytest.mark.parametrize(
    ("outcome", "job", "state"),
    [
        ("", JobState.WAITING, WriteBackState.WAITING),
        ("", JobState.RUNNING, WriteBackState.RUNNING),
        ("", JobState.FAILED, WriteBackState.FAILED),
        ("noted", JobState.SUCCEEDED, WriteBackState.NOTED),
        ("noted", JobState.RUNNING, WriteBackState.NOTED),
        ("noted", None, WriteBackState.NOTED),
        ("no_contact", JobState.SUCCEEDED, WriteBackState.NO_CONTACT),
    ],
)
def test_a_write_back_is_what_was_settled_or_else_what_its_job_is(
    outcome: str, job: JobState | None, state: WriteBackState
) -> None:
    stored = StoredWriteBack(job_id=1, outcome=outcome, job_state=job)

    assert write_back_state(record(CallStatus.ENDED), stored) is state


def test_a_call_without_a_write_back_says_why() -> None:
    plain, ringing, ended = record(CallStatus.ENDED), record(CallStatus.RINGING), record(CallStatus.ENDED)

    assert write_back_state(plain, None) is WriteBackState.NOT_WANTED
    assert write_back_state(replace(ringing, write_back=True), None) is WriteBackState.NOT_YET
    assert write_back_state(replace(ended, write_back=True), None) is WriteBackState.NOT_OWED
