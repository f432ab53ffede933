"""A whole call as events, for tests of everything that reads a call's log."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from voiceagent.core.ids import CallId, DelegationId, LegId, TenantId, ToolCallId, UtteranceId, new_id
from voiceagent.core.termination import Reason, Result
from voiceagent.telephony import events as ev
from voiceagent.telephony.events import CallEvent, Recorded

STARTED_AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def sample_events() -> Sequence[CallEvent]:
    """An inbound call about an order: disclosed, recorded with consent, one barge-in, one tool call, hung up."""
    leg = LegId(new_id("leg"))
    said, answer = UtteranceId(new_id("utt")), UtteranceId(new_id("utt"))
    work, tool = DelegationId(new_id("del")), ToolCallId(new_id("tool"))
    recording = new_id("rec")
    result, reason = Result.SUCCESS, Reason.CALLER_HUNG_UP
    return [
        ev.CallStarted(
            direction="inbound",
            transport="sip",
            caller="+4930111222",
            callee="+4930999000",
            trunk="carrier",
            profile="orders",
            profile_version=3,
            sip_call_id="a84b4c76e66710@198.51.100.7",
        ),
        ev.LegRinging(leg_id=leg),
        ev.WorkerLeased(worker_id="wrk_1", fence=7),
        ev.LegAnswered(leg_id=leg, codec="PCMU/8000"),
        ev.DisclosurePlayed(
            prompt="disclosure", sha256="d" * 64, language="en", start_ms=0, end_ms=2400, completed=True
        ),
        ev.DisclosurePlayed(
            prompt="notice", sha256="e" * 64, language="en", start_ms=2400, end_ms=4000, completed=True
        ),
        ev.ConsentGranted(
            purpose="recording", method="voice", question_sha256="f" * 64, at_ms=5100, answer="yes", confidence=0.93
        ),
        ev.RecordingStarted(recording_id=recording, at_ms=5200),
        ev.CallerSaid(
            text="where is my order", start_ms=6000, end_ms=7200, understood=True, confidence=0.9, intent="order"
        ),
        ev.FloorTaken(at_ms=7450, utterance_id=said, caller_ended_ms=7200, response_latency_ms=250),
        ev.DelegationStarted(delegation_id=work, intent="order", at_ms=7210),
        ev.ToolCalled(
            tool_call_id=tool,
            delegation_id=work,
            name="get_orders",
            arguments={"number": "4711"},
            status="ok",
            result={"state": "shipped"},
            duration_ms=180,
        ),
        ev.AgentSaid(
            utterance_id=said,
            kind="filler",
            planned="One moment, please.",
            played="One moment",
            start_ms=7450,
            end_ms=8100,
            completed=False,
        ),
        ev.BargedIn(at_ms=8000, utterance_id=said, method="voice", stop_ms=120),
        ev.ResultWoven(delegation_id=work, utterance_id=answer, at_ms=8600),
        ev.AgentSaid(
            utterance_id=answer,
            kind="answer",
            planned="It was shipped.",
            played="It was shipped.",
            start_ms=8600,
            end_ms=9900,
            completed=True,
        ),
        ev.DelegationEnded(delegation_id=work, outcome="woven", at_ms=9900),
        ev.RecordingSealed(
            recording_id=recording,
            path="2026/11/20/rec.wav",
            sha256="a" * 64,
            size_bytes=640_044,
            start_ms=5200,
            duration_ms=10_000,
        ),
        ev.LegEnded(leg_id=leg, result=result, reason=reason, packets_received=760, packets_lost=2, jitter_ms=1.5),
        ev.CallEnded(result=result, reason=reason, duration_ms=15_200),
    ]


def recorded(
    call_id: str, events: Sequence[CallEvent], *, tenant: str = "default", first_seq: int = 1
) -> list[Recorded]:
    """The events in their places in the log, 100 ms apart."""
    return [
        Recorded(
            call_id=CallId(call_id),
            tenant_id=TenantId(tenant),
            seq=seq,
            at=STARTED_AT + timedelta(milliseconds=100 * seq),
            event=event,
        )
        for seq, event in enumerate(events, start=first_seq)
    ]
