import pytest

from voiceagent.core.termination import Reason, Result, Termination
from voiceagent.telephony import causes


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_final_answer_and_a_bye_header(reason):
    code, phrase = causes.refusal_status(reason)

    assert 400 <= code < 700
    assert phrase
    assert causes.reason_header(Termination.because(reason)).startswith("Q.850;cause=")


@pytest.mark.parametrize("reason", list(Reason))
def test_only_a_lack_of_capacity_invites_a_proxy_to_try_another_cell(reason):
    code, _ = causes.refusal_status(reason)

    lacking = {Reason.NO_CAPACITY, Reason.SHUTDOWN, Reason.WORKER_LOST, Reason.GATEWAY_LOST}
    assert (code in {486, 503}) == (reason in lacking)


@pytest.mark.parametrize(
    ("code", "answered", "reason"),
    [
        (200, True, Reason.CALLER_HUNG_UP),
        (487, False, Reason.CANCELLED),
        (488, False, Reason.UNSUPPORTED_CODEC),
        (404, False, Reason.UNKNOWN_NUMBER),
        (486, False, Reason.NO_CAPACITY),
        (408, True, Reason.MEDIA_LOST),
        (481, True, Reason.MEDIA_LOST),
        (500, False, Reason.INTERNAL),
    ],
)
def test_how_a_leg_ended_follows_from_its_last_status(code, answered, reason):
    termination = causes.leg_ended(code, answered=answered)

    assert termination.reason is reason
    assert termination.detail == f"sip {code}"


def test_a_failure_of_the_far_end_is_not_ours():
    assert causes.leg_ended(503, answered=True).result is Result.UPSTREAM
    assert causes.leg_ended(499, answered=True).result is Result.CLIENT


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (486, Reason.NO_CAPACITY),
        (488, Reason.UNSUPPORTED_CODEC),
        (400, Reason.MALFORMED),
        (415, Reason.UNSUPPORTED_REQUEST),
        (420, Reason.UNSUPPORTED_REQUEST),
        (422, Reason.UNSUPPORTED_REQUEST),
        (480, Reason.UNSUPPORTED_REQUEST),
        (481, Reason.UNSUPPORTED_REQUEST),
        (414, Reason.MALFORMED),
        (500, Reason.INTERNAL),
    ],
)
def test_what_the_stack_refused_by_itself_has_a_reason(code, reason):
    assert causes.refusal_reason(code) is reason


def test_answers_that_mean_later_carry_retry_after():
    assert [code for code in (403, 404, 480, 486, 488, 503, 603) if causes.wants_retry_after(code)] == [480, 503]


@pytest.mark.parametrize(
    ("sip_code", "reason"),
    [
        (403, Reason.BAD_CREDENTIALS),
        (404, Reason.UNKNOWN_NUMBER),
        (408, Reason.NO_ANSWER),
        (486, Reason.BUSY),
        (488, Reason.UNSUPPORTED_CODEC),
        (502, Reason.UNREACHABLE),
        (603, Reason.DECLINED),
        (607, Reason.DECLINED),
    ],
)
def test_a_call_of_ours_that_nobody_answered_says_why(sip_code, reason):
    ended = causes.leg_ended(sip_code, answered=False, dialled=True)

    assert (ended.reason, ended.detail) == (reason, f"sip {sip_code}")


def test_a_call_of_ours_that_was_answered_ends_as_any():
    assert causes.leg_ended(200, answered=True, dialled=True).reason is Reason.CALLER_HUNG_UP
