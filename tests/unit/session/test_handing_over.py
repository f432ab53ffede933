"""The caller asks for a person. Asked for at 3520 ms; a word is 200 ms."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from voiceagent.conversation.delegation import Commentary, Proposed, WorkDone
from voiceagent.conversation.opening_hours import OpeningHours, parse_spans
from voiceagent.conversation.reply import Reply
from voiceagent.core.termination import Reason
from voiceagent.telephony.events import (
    CallbackOffered,
    CallbackRequested,
    CallerSaid,
    DisclosurePlayed,
    DtmfReceived,
    EffectDeclined,
    TransferFailed,
    Transferred,
    TransferRequested,
)
from voiceagent.testing.floors import CALLER_WANTS_IN
from voiceagent.testing.sample_profile import SAMPLE_REPLIES
from voiceagent.testing.talk_stage import TalkStage, talking

_MONDAYS = OpeningHours(zone="UTC", days={"monday": parse_spans("08:00-18:00")})
_MONDAY, _SUNDAY = datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2026, 11, 22, 9, tzinfo=UTC)


def referred(**profile: object) -> TalkStage:
    """The caller has heard where they go, and their phone was asked to call there."""
    stage = talking(**profile)
    stage.caller_asks("a person")
    stage.run(1000)
    return stage


def test_the_caller_is_told_and_then_put_through_to_the_place_in_the_profile():
    stage = referred()
    (transfer,) = stage.transfers
    (requested,) = stage.noted(TransferRequested)

    assert stage.said[-1] == "putting you through"
    assert (transfer.target, transfer.reference) == ("sip:people@pbx.test", requested.reference)
    assert (requested.intent, requested.slots, requested.at_ms) == ("person", {"number": "4821"}, 4120)


def test_the_call_ends_as_transferred_once_the_target_has_answered():
    stage = referred()
    stage.tell_transfer(100)
    stage.tell_transfer(180)
    assert stage.ended is None
    stage.tell_transfer(200)
    stage.leave()

    assert stage.ended is not None
    assert stage.ended.reason is Reason.TRANSFERRED
    assert len(stage.noted(Transferred)) == 1
    assert stage.noted(TransferFailed) == []


def test_who_cannot_be_put_through_is_taken_back_and_offered_a_callback():
    stage = referred()
    stage.tell_transfer(503)
    stage.run(2000)
    stage.caller_asks("yes")
    stage.run(3000)
    (failed,) = stage.noted(TransferFailed)
    (wanted,) = stage.noted(CallbackRequested)

    assert (failed.reason, failed.sip_code) == ("refused", 503)
    assert stage.said[-2:] == ["nobody answers shall we call?", "we call plus 4 9 3 0 1 2 3"]
    assert (wanted.number, wanted.reason, wanted.intent) == ("+4930123", "unreached", "person")
    assert stage.ended is None


def test_a_target_that_never_answers_is_given_up_after_the_time_in_the_profile():
    stage = referred(transfer_timeout_s=10.0)
    stage.run(9000)
    assert stage.noted(TransferFailed) == []
    stage.run(3000)

    assert [event.sip_code for event in stage.noted(TransferFailed)] == [408]
    assert stage.said[-1] == "nobody answers shall we call?"


def test_an_answer_after_the_time_limit_ends_the_call_as_transferred():
    stage = referred(transfer_timeout_s=10.0)
    stage.run(12_000)
    stage.tell_transfer(200)

    (requested,) = stage.noted(TransferRequested)
    assert [event.reference for event in stage.noted(Transferred)] == [requested.reference]
    assert stage.ended is not None
    assert stage.ended.reason is Reason.TRANSFERRED


def test_no_second_attempt_is_made_before_the_first_one_has_told_its_end():
    stage = referred(transfer_timeout_s=10.0)
    stage.run(13_000)
    stage.caller_asks("no")
    stage.run(1500)
    stage.caller_asks("a person")
    stage.run(2000)
    assert len(stage.transfers) == 1
    assert stage.said[-1] == "nobody answers shall we call?"
    stage.tell_transfer(487)
    stage.caller_asks("no")
    stage.run(1500)
    assert [event.sip_code for event in stage.noted(TransferFailed)] == [408]
    stage.caller_asks("a person")
    stage.run(1000)
    stage.tell_transfer(200)

    first, second = stage.noted(TransferRequested)
    assert first.reference != second.reference
    assert [event.reference for event in stage.noted(Transferred)] == [second.reference]


def test_a_leg_that_could_not_be_asked_is_taken_back_at_once():
    stage = referred()
    stage.tell_transfer(0)
    stage.run(2000)

    assert stage.said[-1] == "nobody answers shall we call?"


def test_while_the_caller_is_away_nothing_is_said_and_nothing_answered_and_results_wait_for_the_offers_end():
    stage = talking()
    stage.caller_asks("where is my order")
    work = stage.packages[-1].delegation_id
    stage.caller_asks("a person")
    stage.run(1000)
    before = list(stage.said)
    stage.report(work, Commentary(text="it comes tomorrow"))
    stage.report(work, WorkDone(outcome="ok"))
    stage.caller_asks("opening hours")
    stage.recogniser_closes()
    stage.run(9000)
    assert stage.said == before
    stage.tell_transfer(486)
    stage.run(4000)
    assert stage.said[len(before) :] == ["nobody answers shall we call?"]
    stage.caller_asks("no")
    stage.run(4000)

    assert stage.said[-2:] == ["no call then", "it comes tomorrow"]
    assert "opening hours" not in [event.text for event in stage.noted(CallerSaid)]


def test_who_speaks_over_the_announcement_is_not_put_through():
    stage = talking()
    stage.caller_asks("a person")
    stage.run(240)
    stage.caller_says("opening hours", 800, CALLER_WANTS_IN)
    stage.run(3000)

    assert stage.transfers == []
    assert stage.said[-2:] == ["putting you ...", "eight to six every day"]


@pytest.mark.parametrize("words", ["thank you", "yes please", "okay", "great", "mm-hm", "a friend said so"])
def test_courteous_words_over_the_announcement_do_not_keep_the_caller_here(words):
    stage = talking()
    thanks = Reply(say="you are welcome", intent="hours")  # profiles have an intent for thanks
    stage.responder.learn({**SAMPLE_REPLIES, "great": thanks, "thank you": thanks})
    stage.caller_asks("a person")
    stage.run(240)
    stage.caller_says(words, 400, CALLER_WANTS_IN)
    stage.run(4000)

    assert len(stage.transfers) == 1
    assert stage.said[-1] == "putting you through"


@pytest.mark.parametrize("words", ["no", "wait", "no thanks", "hold on", "where is my order"])
def test_a_no_or_another_wish_over_the_announcement_keeps_the_caller_here(words):
    stage = talking()
    stage.caller_asks("a person")
    stage.run(240)
    stage.caller_says(words, 400, CALLER_WANTS_IN)
    stage.run(4000)

    assert stage.transfers == []


def test_a_key_over_the_announcement_is_recorded_and_changes_nothing():
    stage = talking()
    stage.caller_asks("a person")
    stage.run(240)
    stage.key("5")
    stage.run(4000)

    assert [pressed.digit for pressed in stage.noted(DtmfReceived)][-1] == "5"
    assert len(stage.transfers) == 1


def test_a_caller_who_leaves_while_their_phone_rings_elsewhere_is_no_success():
    stage = referred()
    stage.leave()

    assert [event.reason for event in stage.noted(TransferFailed)] == ["call_over"]


def test_who_was_taken_back_may_ask_again():
    stage = referred()
    stage.tell_transfer(486)
    stage.run(2000)
    stage.caller_asks("no")
    stage.run(1000)
    stage.caller_asks("a person")
    stage.run(1000)
    stage.tell_transfer(200)

    first, second = stage.noted(TransferRequested)
    assert first.reference != second.reference
    assert [event.reference for event in stage.noted(Transferred)] == [second.reference]


def test_outside_of_the_hours_a_callback_is_offered_at_once():
    closed = talking(facts={"answered_at": _SUNDAY}, hours=_MONDAYS)
    closed.caller_asks("a person")
    closed.run(2000)
    open_now = talking(facts={"answered_at": _MONDAY}, hours=_MONDAYS)
    open_now.caller_asks("a person")
    open_now.run(2000)

    assert closed.transfers == []
    assert closed.said[-1] == "nobody is here shall we call?"
    assert [event.reason for event in closed.noted(CallbackOffered)] == ["closed"]
    assert len(open_now.transfers) == 1


def test_a_leg_that_cannot_be_transferred_gets_a_callback_offered_at_once():
    stage = talking(facts={"transferable": False})
    stage.caller_asks("a person")
    stage.run(2000)

    assert stage.transfers == []
    assert stage.said[-1] == "nobody answers shall we call?"


def test_who_asks_to_be_called_back_may_give_another_number():
    stage = talking()
    stage.caller_asks("call me back")
    stage.run(2000)
    stage.caller_asks("on another number")
    stage.run(1000)
    stage.caller_asks("oh three oh four four")
    stage.run(3000)
    stage.caller_asks("yes")
    stage.run(3000)
    (wanted,) = stage.noted(CallbackRequested)

    assert stage.said[-4:] == ["gladly shall we call?", "which number", "0 3 0 4 4 right?", "we call 0 3 0 4 4"]
    assert (wanted.number, wanted.reason, wanted.intent) == ("03044", "asked", "call me")


@pytest.mark.parametrize(
    ("offered_ms", "words", "numbers"), [(2000, "yes", ["+4930123"]), (2000, "wait", []), (200, "yes", [])]
)
def test_who_agrees_to_a_callback_that_was_offered_to_its_end_and_hangs_up_is_called_back(offered_ms, words, numbers):
    stage = talking()
    stage.caller_asks("call me back")
    stage.run(offered_ms)
    stage.caller_says(words, 800)
    stage.run(160)
    stage.recogniser_closes()
    stage.leave()

    assert [wanted.number for wanted in stage.noted(CallbackRequested)] == numbers
    assert stage.noted(CallerSaid)[-1].text == words


def test_a_wish_that_is_cut_by_hanging_up_starts_no_work():
    stage = talking()
    stage.caller_asks("call me back")
    stage.run(2000)
    stage.caller_says("where is my order", 800)
    stage.recogniser_closes()
    stage.leave()

    assert stage.packages == []
    assert stage.noted(CallbackRequested) == []


def test_a_callback_that_is_declined_leaves_no_task():
    stage = talking()
    stage.caller_asks("call me back")
    stage.run(2000)
    stage.caller_asks("no")
    stage.run(1000)

    assert stage.said[-1] == "no call then"
    assert stage.noted(CallbackRequested) == []


def test_another_wish_leaves_the_offer_and_a_sign_of_listening_does_not():
    stage = talking()
    stage.caller_asks("call me back")
    stage.run(2000)
    stage.caller_asks("mm-hm")
    stage.run(1000)
    stage.caller_asks("opening hours")
    stage.run(2000)
    stage.caller_asks("yes")
    stage.run(2000)

    assert stage.said[-2:] == ["eight to six every day", "Pardon?"]
    assert stage.noted(CallbackRequested) == []


def test_a_callback_asked_for_at_a_read_back_declines_it_and_later_results_are_told():
    stage = talking()
    stage.responder.learn({**SAMPLE_REPLIES, "call me back": replace(SAMPLE_REPLIES["call me back"], declines=True)})
    stage.caller_asks("where is my order")
    work = stage.packages[-1].delegation_id
    proposed = Proposed(proposal_id="prp_1", tool="crm.move", effect="change", read_back="shall I move it?")
    stage.report(work, proposed)
    stage.report(work, WorkDone(outcome="ok"))
    stage.run(2500)
    stage.caller_asks("call me back")
    stage.run(2000)
    stage.caller_asks("no")
    stage.run(1500)
    stage.caller_asks("another order")
    stage.report(stage.packages[-1].delegation_id, Commentary(text="it comes tomorrow"))
    stage.run(2000)

    assert [event.reason for event in stage.noted(EffectDeclined)] == ["declined"]
    assert stage.said[-1] == "it comes tomorrow"


@pytest.mark.parametrize(("told", "again"), [((100, 180, 486), 1), ((183, 503), 1), ((100, 486), 0), ((486,), 0)])
def test_T_AI_2_who_may_have_heard_somebody_else_is_told_anew_who_is_speaking(told, again):
    stage = referred(back_again="the assistant again")
    for sip_code in told:
        stage.tell_transfer(sip_code)
    stage.run(4000)
    anew = [event for event in stage.noted(DisclosurePlayed) if event.prompt == "again"]

    assert stage.said[-1] == "nobody answers shall we call?"
    assert stage.said.count("the assistant again") == len(anew) == again
    assert all(event.completed and event.end_ms - event.start_ms == 600 for event in anew)


def test_T_AI_2_it_can_not_be_interrupted():
    stage = referred(back_again="the assistant again")
    stage.tell_transfer(180)
    stage.tell_transfer(486)
    stage.run(200)
    stage.caller_says("opening hours", 800, CALLER_WANTS_IN)
    stage.run(2000)

    assert [event.completed for event in stage.noted(DisclosurePlayed) if event.prompt == "again"] == [True]
