"""The talk answers on a hand-driven clock. It is open and silent at 2640 ms; a word is 200 ms, a micro-turn 80."""

from voiceagent.session.commands import (
    FinishHearing,
)
from voiceagent.telephony.events import (
    BargedIn,
    CallerSaid,
    DtmfReceived,
    FloorTaken,
)
from voiceagent.testing.floors import (
    CALLER_SPEAKS,
    OUR_TURN,
    floor,
)
from voiceagent.testing.talk_stage import talking

HALF_SURE = floor(speak=0.45)

# -- answering --------------------


def test_the_caller_is_answered_when_the_model_takes_the_floor():
    stage = talking()
    stage.caller_asks()
    stage.run(1200)
    (said,) = stage.noted(CallerSaid)[-1:]

    assert (said.text, said.intent, said.start_ms, said.end_ms) == ("opening hours", "hours", 2640, 3440)
    assert stage.said[-1] == "eight to six every day"


def test_the_response_latency_runs_from_the_callers_end_to_our_first_frame():
    stage = talking()
    stage.caller_asks()
    stage.run(80)
    (taken,) = stage.noted(FloorTaken)

    assert (taken.caller_ended_ms, taken.at_ms, taken.response_latency_ms) == (3440, 3540, 100)


def test_a_half_sure_model_takes_the_floor_when_the_words_are_complete():
    stage = talking()
    stage.caller_says("opening hours", 800)
    stage.run(160, HALF_SURE)
    assert stage.commanded(FinishHearing) == []
    stage.recogniser_reads_the_pause("opening hours")
    stage.run(80, HALF_SURE)

    assert stage.commanded(FinishHearing) == [3680]


def test_words_that_nobody_knows_change_nothing():
    stage = talking()
    stage.caller_says("", 800)
    stage.recogniser_reads_the_pause("")
    stage.run(800, HALF_SURE)

    assert stage.commanded(FinishHearing) == []


def test_words_that_come_after_the_caller_went_on_are_not_all_of_them():
    stage = talking()
    stage.caller_says("opening hours", 800)
    stage.run(80, floor(speak=0.45, active=0.4))
    stage.recogniser_reads_the_pause("opening hours")
    stage.run(80, floor(speak=0.45, active=0.4))
    stage.run(400, HALF_SURE)

    assert stage.commanded(FinishHearing) == []


def test_complete_words_are_forgotten_when_the_caller_goes_on():
    stage = talking()
    stage.caller_says("opening hours", 400)
    stage.recogniser_reads_the_pause("opening hours")
    stage.run(400)
    stage.caller_says("", 400)
    stage.run(400, HALF_SURE)

    assert stage.commanded(FinishHearing) == []


def test_nobody_is_answered_while_the_model_listens():
    stage = talking()
    stage.caller_says("opening hours", 800)
    stage.recogniser_closes()
    stage.run(2400)

    assert stage.responder.committed == []


def test_the_watchdog_answers_when_the_model_never_takes_the_floor():
    stage = talking()
    stage.caller_says("opening hours", 800)
    stage.run(4000)

    assert stage.commanded(FinishHearing) == [6000]  # 2.5 s after 3440, at the next micro-turn
    assert stage.noted(FloorTaken)[0].at_ms == 6020


def test_segments_of_one_turn_are_answered_together():
    stage = talking()
    stage.caller_says("opening", 400)
    stage.recogniser_closes()
    stage.run(800)
    stage.caller_says("hours", 400)
    stage.run(80, OUR_TURN)

    assert stage.responder.committed == ["opening hours"]


def test_speech_without_known_words_is_answered_with_the_fallback():
    stage = talking()
    stage.caller_asks("")
    stage.run(400)
    (said,) = stage.noted(CallerSaid)[-1:]

    assert stage.said[-1] == "Pardon?"
    assert (said.text, said.understood) == ("", False)


def test_a_cough_is_not_answered():
    stage = talking()
    stage.caller_says("", 160)
    stage.run(80, OUR_TURN)
    stage.run(1000)

    assert stage.responder.committed == []


def test_a_model_that_wants_the_floor_in_silence_says_nothing():
    stage = talking()
    stage.run(4000, OUR_TURN)

    assert stage.responder.committed == []
    assert stage.commanded(FinishHearing) == []


def test_words_that_were_lost_on_the_way_are_asked_for_again():
    stage = talking()
    stage.run(800, CALLER_SPEAKS)
    stage.perform = lambda _commands: None  # type: ignore[method-assign]  # the worker never answers
    asked = [(at_ms, stage.talk.on_floor(OUR_TURN, at_ms, heard_ms=at_ms)) for at_ms in range(3520, 3520 + 80 * 40, 80)]

    assert [at_ms for at_ms, commands in asked if commands == [FinishHearing()]] == [3520, 5040, 6560]


# -- keys --------------------


def test_a_key_interrupts_what_the_agent_says():
    stage = talking()
    stage.caller_asks()
    stage.run(320)
    stage.key("1")

    assert stage.noted(BargedIn)[0].method == "dtmf"
    assert stage.said[-1] == "eight to ..."


def test_typed_digits_become_words_at_the_pound_sign():
    stage = talking()
    for key in "12#":
        stage.key(key)
    stage.run(800)

    assert stage.responder.committed == ["one two"]
    assert stage.noted(CallerSaid)[-1].text == "one two"
    assert stage.said[-1] == "number twelve"
    assert [event.digit for event in stage.noted(DtmfReceived)] == ["1", "1", "2", "#"]


def test_typed_digits_become_words_after_a_pause():
    stage = talking()
    stage.key("1")
    stage.run(800)
    stage.key("2")  # at 3440
    stage.run(1440)
    assert stage.responder.committed == []
    stage.run(80)

    assert stage.responder.committed == ["one two"]


def test_an_answer_to_typed_digits_claims_no_response_latency():
    stage = talking()
    for key in "12#":
        stage.key(key)
    stage.run(80)

    assert stage.noted(FloorTaken)[0].response_latency_ms == -1


def test_a_lone_pound_sign_is_nothing():
    stage = talking()
    stage.key("#")
    stage.run(2000)

    assert stage.responder.committed == []
