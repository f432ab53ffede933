import random

from hypothesis import given, strategies as st

from voiceagent.core.termination import Reason, Result
from voiceagent.telephony import events as ev
from voiceagent.telephony.cdr import (
    CallStatus,
    ConsentState,
    DisclosureStatus,
    RecordingState,
    empty,
    fold,
    fold_all,
)
from voiceagent.testing.sample_call import recorded, sample_events

LOG = recorded("call_1", sample_events())


def _status_after(*events: ev.CallEvent) -> CallStatus:
    record = fold_all(recorded("call_1", events))
    assert record is not None
    return record.status


START = sample_events()[0]
REFUSED = ev.CallRefused(sip_code=403, reason=Reason.UNKNOWN_TRUNK, explanation="no trunk", source="203.0.113.9:5060")
ENDED = ev.CallEnded(result=Result.CLIENT, reason=Reason.UNKNOWN_TRUNK)


def test_a_whole_call_folds_to_its_record() -> None:
    record = fold_all(LOG)

    assert record is not None
    assert (record.status, record.disclosure, record.consent, record.recording) == (
        CallStatus.ENDED,
        DisclosureStatus.COMPLETED,
        ConsentState.GRANTED,
        RecordingState.SEALED,
    )
    assert (record.caller, record.callee, record.profile_version) == ("+4930111222", "+4930999000", 3)
    assert (record.duration_ms, record.reason, record.codec) == (15_200, "caller_hung_up", "PCMU/8000")
    assert (record.caller_segments, record.agent_utterances, record.response_latencies_ms) == (1, 2, (250,))


@given(st.randoms(use_true_random=False), st.integers(0, 40))
def test_order_of_arrival_and_repetition_do_not_matter(shuffle: random.Random, repeats: int) -> None:
    arriving = [*LOG, *shuffle.choices(LOG, k=repeats)]
    shuffle.shuffle(arriving)

    assert fold_all(arriving) == fold_all(LOG)


@given(st.integers(0, len(LOG)))
def test_folding_can_stop_and_go_on_anywhere(cut: int) -> None:
    record = empty(LOG[0])

    for entry in [*LOG[:cut], *LOG[max(0, cut - 3) :]]:
        record = fold(record, entry)

    assert record == fold_all(LOG)


def test_an_empty_log_has_no_record() -> None:
    assert fold_all([]) is None


def test_a_refused_call_stays_refused_when_it_ends() -> None:
    record = fold_all(recorded("call_1", [START, REFUSED, ENDED]))

    assert record is not None
    assert record.status is CallStatus.REFUSED
    assert (record.sip_code, record.explanation, record.result) == (403, "no trunk", "client")
    assert record.ended_at is not None


def test_status_follows_the_signalling() -> None:
    ring, answer = LOG[1].event, LOG[3].event

    assert _status_after(START) is CallStatus.STARTED
    assert _status_after(START, ring) is CallStatus.RINGING
    assert _status_after(START, ring, answer) is CallStatus.ANSWERED
    assert _status_after(START, answer, ring) is CallStatus.ANSWERED


def test_a_disclosure_cut_short_is_not_completed_until_it_was_heard() -> None:
    heard = ev.DisclosurePlayed(prompt="disclosure", sha256="", language="en", start_ms=0, end_ms=9, completed=True)
    cut = ev.DisclosurePlayed(prompt="disclosure", sha256="", language="en", start_ms=0, end_ms=5, completed=False)

    for events, expected in [
        ([START, cut], DisclosureStatus.CUT_SHORT),
        ([START, cut, heard], DisclosureStatus.COMPLETED),
        ([START, heard, cut], DisclosureStatus.COMPLETED),
    ]:
        record = fold_all(recorded("call_1", events))
        assert record is not None
        assert record.disclosure is expected


def test_a_denial_after_consent_is_a_withdrawal() -> None:
    granted = ev.ConsentGranted(purpose="recording", method="dtmf", question_sha256="", at_ms=1)
    denied = ev.ConsentDenied(purpose="recording", method="voice", question_sha256="", at_ms=2)

    for events, expected in [
        ([denied], ConsentState.DENIED),
        ([denied, granted], ConsentState.GRANTED),
        ([granted, denied, denied], ConsentState.WITHDRAWN),
    ]:
        record = fold_all(recorded("call_1", events))
        assert record is not None
        assert record.consent is expected
