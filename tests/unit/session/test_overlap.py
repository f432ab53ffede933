"""Both speak at once. The talk is open and silent at 2640 ms; a word is 200 ms, a micro-turn 80."""

import pytest

from voiceagent.conversation.profile import BackchannelLevel, BargeIn, FloorKnobs
from voiceagent.session.commands import (
    DropSpeech,
    Duck,
    FinishHearing,
    Hum,
    PauseSpeech,
    ProceedSpeech,
)
from voiceagent.telephony.events import (
    AgentSaid,
    Backchannelled,
    BargedIn,
    FloorTaken,
    SpeechDucked,
    SpeechResumed,
)
from voiceagent.testing.floors import (
    CALLER_WANTS_IN,
    OUR_TURN,
    PERHAPS_WANTS_IN,
    WANTS_A_SIGN,
    floor,
)
from voiceagent.testing.talk_stage import talking

# -- overlap: the caller speaks over the agent --------------------


def test_a_backchannel_is_no_turn_and_does_not_stop_the_agent():
    stage = talking()
    stage.caller_asks()
    stage.run(320)
    stage.caller_says("", 320)
    stage.recogniser_closes()
    stage.run(800)
    (sign,) = stage.noted(Backchannelled)

    assert (sign.by, sign.at_ms) == ("caller", 3840)
    assert stage.commanded(PauseSpeech) == stage.commanded(Duck) == []
    assert stage.said[-1] == "eight to six every day"
    assert stage.responder.committed == ["opening hours"]


def test_a_barge_in_stops_the_agent_and_is_answered_and_only_what_was_heard_is_kept():
    stage = talking()
    stage.caller_asks()  # we speak from 3520
    stage.run(320)
    stage.caller_says("goodbye", 800, CALLER_WANTS_IN)
    stage.run(2000)
    (barged,) = stage.noted(BargedIn)

    assert stage.commanded(PauseSpeech) == [3920]
    assert (barged.at_ms, barged.method, barged.stop_ms) == (3920, "voice", 80)
    assert stage.commanded(FinishHearing)[-1] == 5120  # 480 ms after the caller's end at 4640
    assert stage.said[-2:] == ["eight to ...", "thank you bye"]
    cut = stage.noted(AgentSaid)[-2]
    assert (cut.planned, cut.played, cut.completed) == ("eight to six every day", "eight to", False)
    assert (cut.start_ms, cut.end_ms) == (3520, 3940)


def test_after_a_stop_the_words_are_asked_for_as_soon_as_the_model_takes_the_floor():
    stage = talking()
    stage.caller_asks()
    stage.run(320)
    stage.caller_says("goodbye", 800, CALLER_WANTS_IN)  # until 4640
    stage.run(160)
    stage.run(80, OUR_TURN)

    assert stage.commanded(FinishHearing)[-1] == 4880
    assert stage.responder.committed[-1] == "goodbye"


def test_a_model_that_takes_the_floor_after_a_stop_without_speech_asks_for_no_words():
    stage = talking()
    stage.caller_asks()
    stage.run(320)
    stage.run(80, floor(yield_=0.95))
    asked = len(stage.commanded(FinishHearing))
    stage.run(400, OUR_TURN)

    assert len(stage.commanded(FinishHearing)) == asked
    assert stage.responder.committed == ["opening hours"]


def test_what_was_not_heard_is_not_part_of_the_conversation_that_is_delegated():
    stage = talking()
    stage.caller_asks()
    stage.run(320)
    stage.caller_says("where is my order", 800, CALLER_WANTS_IN)
    stage.run(1000)
    lines = [(line.speaker, line.text) for line in stage.packages[0].conversation]

    assert lines[-3:] == [("caller", "opening hours"), ("agent", "eight to"), ("caller", "where is my order")]


def test_a_false_stop_goes_on_at_the_word_that_was_cut():
    stage = talking()
    stage.caller_asks()
    stage.run(320)
    stage.caller_says("", 160, CALLER_WANTS_IN)
    stage.run(2000)

    assert stage.commanded(PauseSpeech) == [3920]
    assert stage.commanded(ProceedSpeech) == [4480]
    assert stage.said[-1] == "eight to six every day"
    assert stage.noted(AgentSaid)[-1].end_ms == 5080  # three words from "six" on
    assert stage.noted(SpeechResumed)[0].at_ms == 4480


def test_a_stop_after_which_nobody_was_heard_is_taken_back():
    stage = talking()
    stage.caller_asks()
    stage.run(320)
    stage.run(80, floor(yield_=0.95))  # the model heard a wish, but no speech
    stage.run(2000)

    assert stage.commanded(ProceedSpeech) == [4880]  # 900 ms of silence after the stop, at the next micro-turn
    assert stage.said[-1] == "eight to six every day"


def test_a_stop_for_a_sign_of_listening_is_taken_back():
    stage = talking()
    stage.caller_asks()
    stage.run(320)
    stage.caller_says("mm-hm", 320, CALLER_WANTS_IN)
    stage.run(2000)

    assert stage.commanded(PauseSpeech) == [3920]
    assert stage.said[-1] == "eight to six every day"
    assert [(event.by, event.text) for event in stage.noted(Backchannelled)] == [("caller", "mm-hm")]
    assert stage.responder.committed == ["opening hours"]


def test_a_long_sound_without_known_words_after_a_stop_is_a_turn():
    stage = talking()
    stage.caller_asks()
    stage.run(320)
    stage.caller_says("", 1200, CALLER_WANTS_IN)
    stage.run(2000)

    assert stage.said[-2:] == ["eight to ...", "Pardon?"]


def test_while_the_caller_goes_on_the_agent_stays_silent():
    stage = talking()
    stage.caller_asks()
    stage.run(320)
    stage.caller_says("opening hours", 8000, CALLER_WANTS_IN)

    assert stage.commanded(ProceedSpeech) == stage.commanded(DropSpeech) == []
    assert stage.responder.committed == ["opening hours"]


def test_a_doubtful_overlap_makes_the_agent_quieter_for_as_long_as_the_doubt():
    stage = talking()
    stage.caller_asks()
    stage.run(320)
    stage.run(160, PERHAPS_WANTS_IN)
    stage.run(80)

    assert stage.noted(SpeechDucked)[0].at_ms == 3920
    assert stage.noted(SpeechResumed)[0].at_ms == 4080
    assert stage.noted(BargedIn) == []


def test_a_stop_of_what_has_ended_meanwhile_leaves_nothing_to_go_on_with():
    stage = talking()
    stage.run(20)
    for key in "12#":
        stage.key(key)
    stage.run(300)
    stage.run(80, floor(yield_=0.95))  # a wish without a voice, one frame before our end
    stage.run(3000)

    assert stage.commanded(PauseSpeech) == [3040]
    assert stage.commanded(ProceedSpeech) == []
    assert stage.noted(SpeechResumed) == []


def test_a_stop_in_the_very_frame_in_which_the_utterance_ends_holds_up_nothing():
    stage = talking()
    stage.run(20)
    for key in "12#":
        stage.key(key)  # we speak from 2660 to 3060
    stage.run(300)
    stage.run(80, CALLER_WANTS_IN)  # stopped at 3040, with one frame to go
    stage.caller_asks("opening hours")
    stage.run(1200)

    assert stage.commanded(PauseSpeech) == [3040]
    assert stage.commanded(ProceedSpeech) == []
    assert stage.said[-2:] == ["number twelve", "eight to six every day"]
    assert stage.noted(FloorTaken)[-1].response_latency_ms == 100


# -- what cannot be interrupted --------------------


@pytest.mark.parametrize("barge_in", [BargeIn.NONE, BargeIn.DTMF])
def test_words_that_could_not_interrupt_are_answered_afterwards(barge_in):
    stage = talking(knobs=FloorKnobs(barge_in=barge_in))
    stage.caller_asks()
    stage.run(320)
    stage.caller_says("goodbye", 400, CALLER_WANTS_IN)
    stage.recogniser_closes()
    stage.run(4000)

    assert stage.noted(BargedIn) == []
    assert stage.said[-2:] == ["eight to six every day", "thank you bye"]


def test_a_wish_that_the_model_let_pass_is_answered_afterwards():
    stage = talking()
    stage.caller_asks()
    stage.run(320)
    stage.caller_says("goodbye", 400)
    stage.recogniser_closes()
    stage.run(4000)

    assert stage.noted(BargedIn) == []
    assert stage.said[-2:] == ["eight to six every day", "thank you bye"]


@pytest.mark.parametrize("word", ["yes", "no"])
def test_a_bare_yes_or_no_over_the_agent_is_a_sign_of_listening(word):
    stage = talking()
    stage.caller_asks()
    stage.run(320)
    stage.caller_says(word, 320)
    stage.recogniser_closes()
    stage.run(4000)

    assert stage.responder.committed == ["opening hours"]
    assert [event.text for event in stage.noted(Backchannelled)] == [word]


def test_a_no_answers_a_question_that_was_heard():
    stage = talking()
    stage.caller_asks("anything more")
    stage.run(3200)
    stage.caller_asks("no")
    stage.run(2000)

    assert stage.said[-1] == "thank you bye"


def test_a_no_over_a_question_that_is_still_to_come_does_not_answer_it():
    stage = talking()
    stage.caller_asks("anything more")
    stage.run(320)
    stage.caller_says("no", 320)
    stage.recogniser_closes()
    stage.run(4000)

    assert [event.text for event in stage.noted(Backchannelled)] == ["no"]
    assert stage.said[-1] == "that was all is there anything else?"


def test_a_no_that_stops_a_question_before_it_was_heard_does_not_answer_it():
    stage = talking()
    stage.caller_asks("anything more")
    stage.run(320)
    stage.caller_says("no", 640, CALLER_WANTS_IN)
    stage.run(80, OUR_TURN)
    stage.run(2000)

    assert stage.commanded(DropSpeech)
    assert stage.said[-1] == "how can I help"


def test_a_sign_of_listening_that_could_not_interrupt_is_not_answered_afterwards():
    stage = talking(knobs=FloorKnobs(barge_in=BargeIn.NONE))
    stage.caller_asks()
    stage.run(320)
    stage.caller_says("mm-hm", 320)
    stage.recogniser_closes()
    stage.run(4000)

    assert stage.responder.committed == ["opening hours"]
    assert [event.text for event in stage.noted(Backchannelled)] == ["mm-hm"]


def test_in_the_protected_opening_speech_does_not_interrupt():
    stage = talking(knobs=FloorKnobs(protected_opening_s=4.0))
    stage.caller_asks()
    stage.run(320)
    stage.run(400, CALLER_WANTS_IN)

    assert stage.commanded(PauseSpeech) == [4000]


# -- signs of listening --------------------


def test_a_sign_of_listening_is_hummed_in_turn_and_is_no_utterance():
    stage = talking()
    utterances = len(stage.noted(AgentSaid))
    stage.caller_says("a long story", 8000, WANTS_A_SIGN)

    assert stage.commanded(Hum) == [2720, 6720]
    assert [(event.by, event.text) for event in stage.noted(Backchannelled)] == [
        ("agent", "mm-hm"),
        ("agent", "uh-huh"),
    ]
    assert len(stage.noted(AgentSaid)) == utterances


def test_a_sign_of_listening_also_comes_in_a_pause_of_a_story():
    stage = talking()
    stage.caller_says("it began in spring", 1600)
    stage.run(400, floor(backchannel=0.8))

    assert len(stage.commanded(Hum)) == 1


def test_no_sign_into_silence_and_none_where_the_profile_wants_none():
    silent = talking()
    silent.run(4000, floor(backchannel=0.9))
    off = talking(knobs=FloorKnobs(backchannel=BackchannelLevel.OFF))
    off.run(4000, WANTS_A_SIGN)
    without = talking(backchannels=())
    without.run(4000, WANTS_A_SIGN)

    assert silent.commanded(Hum) == off.commanded(Hum) == without.commanded(Hum) == []
