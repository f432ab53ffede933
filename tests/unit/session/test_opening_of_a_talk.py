"""The opening as a call plays it. Disclosure 0-800 ms, notice 800-1400, question 1400-1800; a word is 200 ms."""

import hashlib

import pytest

from voiceagent.conversation.profile import ConsentMode
from voiceagent.core.termination import Reason
from voiceagent.session.commands import DiscardRecording, DropSpeech, StartRecording
from voiceagent.telephony.events import (
    AgentSaid,
    CallerSaid,
    ConsentDenied,
    ConsentGranted,
    DisclosurePlayed,
    DtmfReceived,
)
from voiceagent.testing.floors import CALLER_SPEAKS, CALLER_WANTS_IN, NOBODY, OUR_TURN, floor
from voiceagent.testing.sample_profile import SAMPLE_REPLIES, sample_profile
from voiceagent.testing.talk_stage import TalkStage

_QUESTION = hashlib.sha256(b"may we").hexdigest()


def asked(**opening: object) -> TalkStage:
    """A call at 2.0 s: the question was asked 200 ms ago."""
    stage = TalkStage(profile=sample_profile(opening=opening))
    stage.begin()
    stage.run(2000)
    return stage


def test_the_caller_hears_who_speaks_that_it_is_recorded_and_the_question():
    stage = asked()

    assert stage.said == ["I am an assistant", "calls are recorded", "may we"]
    assert [(event.start_ms, event.end_ms) for event in stage.noted(AgentSaid)] == [(0, 800), (800, 1400), (1400, 1800)]


def test_disclosure_and_notice_leave_evidence_of_what_was_said_when():
    stage = asked()
    disclosure, notice = stage.noted(DisclosurePlayed)

    assert (disclosure.prompt, disclosure.start_ms, disclosure.end_ms, disclosure.completed) == (
        "disclosure",
        0,
        800,
        True,
    )
    assert disclosure.sha256 == hashlib.sha256(b"I am an assistant").hexdigest()
    assert (notice.prompt, notice.start_ms, notice.end_ms) == ("notice", 800, 1400)


def test_a_spoken_yes_is_granted_recorded_thanked_and_greeted():
    stage = asked()
    stage.caller_says("yes", 400)
    stage.run(80, OUR_TURN)
    stage.run(1000)
    (granted,) = stage.noted(ConsentGranted)

    assert (granted.purpose, granted.method, granted.answer, granted.confidence) == ("recording", "voice", "yes", 0.9)
    assert granted.question_sha256 == _QUESTION
    assert granted.at_ms == 2720  # 320 ms after the answer, which may have gone on with "but no"
    assert stage.recording_since_ms == 2720
    assert stage.said[-1] == "thanks hello there"
    assert stage.noted(CallerSaid)[0].intent == "consent"
    assert not stage.talk.in_opening


def test_a_model_that_half_wants_to_speak_is_enough_to_end_an_answer():
    stage = asked()
    stage.caller_says("yes", 400)
    stage.run(80, floor(speak=0.4))
    stage.run(1000)

    assert [event.at_ms for event in stage.noted(ConsentGranted)] == [2720]


def test_key_1_grants_at_once_even_while_the_question_is_being_asked():
    stage = TalkStage()
    stage.begin()
    stage.run(1600)
    stage.key("1")
    stage.run(1000)
    (granted,) = stage.noted(ConsentGranted)

    assert (granted.method, granted.answer, granted.at_ms) == ("dtmf", "1", 1600)
    assert stage.said == ["I am an assistant", "calls are recorded", "may ...", "thanks hello there"]
    assert stage.recording_since_ms == 1600


def test_key_2_refuses_and_the_call_is_served_without_a_recording():
    stage = asked()
    stage.key("2")
    stage.run(1000)
    (denied,) = stage.noted(ConsentDenied)

    assert (denied.method, denied.question_sha256) == ("dtmf", _QUESTION)
    assert stage.said[-1] == "fine hello there"
    assert stage.recording_since_ms is None
    assert not stage.talk.may_keep_words
    assert not stage.talk.in_opening


def test_a_spoken_no_refuses():
    stage = asked()
    stage.caller_says("no", 400)
    stage.run(80, OUR_TURN)
    stage.run(1000)

    assert stage.noted(ConsentDenied)[0].method == "voice"
    assert stage.commanded(StartRecording) == []


def test_silence_is_a_no_after_the_second_question_and_the_call_is_served():
    stage = TalkStage()
    stage.begin()
    stage.run(20_000)

    # Question to 1800, 6 s of silence, asked again 7840-8240 (the next micro-turn), 6 s more.
    (denied,) = stage.noted(ConsentDenied)
    assert (denied.method, denied.at_ms) == ("no_answer", 14_240)
    assert stage.said[:5] == ["I am an assistant", "calls are recorded", "may we", "may we", "fine hello there"]
    assert stage.recording_since_ms is None


def test_staying_on_the_line_records_where_the_profile_implies_consent():
    stage = TalkStage(profile=sample_profile(opening={"consent": ConsentMode.IMPLIED}))
    stage.begin()
    stage.run(9000)

    assert stage.noted(ConsentGranted)[0].method == "implied"
    assert stage.recording_since_ms == 7840


@pytest.mark.parametrize("key", ["2", "7"])
def test_an_objection_before_the_question_is_over_forbids_implied_consent(key):
    stage = TalkStage(profile=sample_profile(opening={"consent": ConsentMode.IMPLIED}))
    stage.begin()
    stage.run(1000 if key == "2" else 1600)  # during the notice, during the question
    stage.key(key)
    stage.run(20_000)

    assert stage.noted(ConsentGranted) == []
    assert stage.recording_since_ms is None


def test_words_that_are_no_answer_are_asked_about_again():
    stage = asked()
    stage.caller_says("what is this about", 800)
    stage.run(80, OUR_TURN)
    stage.run(1000)

    assert stage.said[-2:] == ["may we", "may we"]
    assert stage.noted(ConsentGranted) == stage.noted(ConsentDenied) == []
    assert stage.noted(CallerSaid)[0].text == "what is this about"


def test_a_yes_before_the_question_is_no_consent():
    stage = TalkStage()
    stage.begin()
    stage.run(240)
    stage.caller_says("yes", 400)
    stage.recogniser_closes()
    stage.key("1")
    stage.run(1300)

    assert stage.noted(ConsentGranted) == []
    assert stage.noted(DtmfReceived)[0].digit == "1"


def test_nothing_the_caller_does_cuts_the_disclosure_or_the_notice():
    stage = TalkStage()
    stage.begin()
    for _ in range(17):
        stage.run(80, CALLER_WANTS_IN)
        stage.key("5")

    assert stage.commanded(DropSpeech) == []
    assert stage.said == ["I am an assistant"]
    assert stage.noted(DisclosurePlayed)[0].completed


def test_a_yes_over_the_end_of_the_question_is_taken_when_it_was_heard_out():
    stage = TalkStage()
    stage.begin()
    stage.run(1440)
    stage.caller_says("yes", 160, CALLER_WANTS_IN)
    assert stage.noted(ConsentGranted) == []  # not while the caller speaks
    stage.run(1000)

    assert stage.noted(ConsentGranted)[0].at_ms == 1920


def test_a_sound_during_the_question_is_no_answer_and_does_not_repeat_it():
    stage = TalkStage()
    stage.begin()
    stage.run(1440)
    stage.caller_says("", 160)
    stage.recogniser_closes()
    stage.run(400)

    assert stage.said == ["I am an assistant", "calls are recorded", "may we"]
    assert stage.noted(ConsentDenied) == []


def test_an_answer_that_overtakes_the_end_of_its_question_does_not_open_the_talk_early():
    stage = TalkStage(SAMPLE_REPLIES)
    stage.begin()
    stage.run(1780)
    ended = stage.playout.pull().ended  # the question's last frame, which the session has not looked at yet
    stage.key("1")
    assert ended is not None
    stage.perform(stage.talk.on_ended(ended))

    assert stage.noted(DisclosurePlayed) != []
    assert stage.said[-1] == "may we"  # the thanks are still to be said
    stage.run(700)
    stage.caller_asks()
    stage.run(1200)
    assert stage.said[-2:] == ["thanks hello there", "eight to six every day"]


@pytest.mark.parametrize("patience", [0.0, 0.5, 1.0])
def test_a_model_that_always_wants_the_floor_does_not_stop_the_clock_of_the_question(patience):
    stage = TalkStage(profile=sample_profile(knobs=sample_profile().knobs.__class__(patience=patience)))
    stage.begin()
    stage.run(16_000, OUR_TURN)

    assert stage.noted(ConsentDenied)[0].method == "no_answer"


def test_an_answer_that_the_model_never_takes_is_asked_for_by_the_watchdog():
    stage = asked()
    stage.caller_says("yes", 400)
    stage.run(2600)

    assert stage.noted(ConsentGranted)[0].at_ms == 4960  # 2.5 s after 2400, at the next micro-turn


def test_a_line_that_is_never_quiet_is_ended_by_the_time_limit_even_in_the_opening():
    stage = TalkStage(profile=sample_profile(max_call_s=10.0))
    stage.begin()
    stage.run(40_000, CALLER_SPEAKS)

    assert stage.ended is not None
    assert stage.ended.reason is Reason.TIME_LIMIT
    assert stage.said[-1] == "bye then"
    assert stage.now_ms == 25_440  # the limit, 15 s of grace, and 400 ms of goodbye


def test_what_the_caller_begins_to_say_over_the_greeting_is_answered():
    stage = asked()
    stage.key("1")  # thanks and greeting 2000-2600
    stage.run(320)
    stage.caller_says("opening hours", 800)
    stage.run(80, OUR_TURN)

    assert stage.responder.committed == ["opening hours"]


def test_no_word_of_an_unclear_answer_may_be_kept():
    stage = asked()
    stage.caller_says("my name is smith", 600)
    stage.run(80, OUR_TURN)

    assert not stage.talk.may_keep_words
    stage.run(80, NOBODY)
    assert not stage.talk.may_keep_words


# -- what is no consent, and consent that is taken back ----------------------------------------------------------------


def test_a_yes_that_began_before_the_question_was_heard_is_no_answer_to_it():
    stage = TalkStage()
    stage.begin()
    stage.run(1120)
    stage.caller_says("yes", 240)  # over the notice; its words come while the question is being asked
    stage.run(80)
    stage.recogniser_closes()
    stage.run(1000)

    assert stage.noted(ConsentGranted) == []
    assert stage.recording_since_ms is None


@pytest.mark.parametrize("way", ["voice", "key"])
def test_a_yes_that_is_taken_back_at_once_leaves_no_recording(way):
    stage = asked()
    stage.key("1")
    stage.run(160)
    if way == "key":
        stage.key("2")
    else:
        stage.caller_says("no", 320)
        stage.recogniser_closes()
    stage.run(2000)

    assert len(stage.noted(ConsentGranted)) == len(stage.noted(ConsentDenied)) == 1
    assert len(stage.commanded(DiscardRecording)) == 1
    assert not stage.talk.may_keep_words
    assert stage.said[-1] == "fine hello there"


def test_a_no_whose_words_are_still_awaited_stops_the_clock_of_implied_consent():
    stage = asked(consent=ConsentMode.IMPLIED, answer_timeout_s=1.0)
    stage.caller_says("no", 320)
    stage.run(1600)  # longer than the clock; the words are known only now
    stage.recogniser_closes()
    stage.run(400)

    assert stage.noted(ConsentGranted) == []
    assert [event.method for event in stage.noted(ConsentDenied)] == ["voice"]


def test_a_wish_over_the_greeting_is_answered_after_it():
    stage = TalkStage(SAMPLE_REPLIES)
    stage.begin()
    stage.run(2000)
    stage.key("1")
    stage.run(80)
    stage.caller_says("opening hours", 400)
    stage.recogniser_closes()
    stage.run(4500)

    assert stage.said[-2:] == ["thanks hello there", "eight to six every day"]
