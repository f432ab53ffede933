"""The caller ends the recording in the middle of the call. It is 2640 ms and nobody speaks; a word is 200 ms."""

import pytest

from voiceagent.conversation.delegation import Commentary, WorkDone
from voiceagent.conversation.profile import WithdrawalTerms
from voiceagent.session.commands import DiscardRecording, SealRecording, StartRecording
from voiceagent.telephony.events import AgentSaid, CallerSaid, ConsentWithdrawn, TransferRequested
from voiceagent.testing.floors import CALLER_WANTS_IN
from voiceagent.testing.talk_stage import TalkStage, talking

_TERMS = WithdrawalTerms(stopped="it is off", not_recording="it was off")


def withdrawn(words: str = "stop recording me please", **terms: object) -> TalkStage:
    """A call whose caller has asked for the recording to stop, and been answered."""
    stage = talking(withdrawal=WithdrawalTerms(stopped="it is off", not_recording="it was off", **terms))
    stage.caller_asks(words)
    stage.run(1000)
    return stage


def test_T_GD_5_the_recording_stops_when_the_words_are_known_and_the_call_goes_on():
    stage = withdrawn()
    (event,) = stage.noted(ConsentWithdrawn)

    assert stage.commanded(DiscardRecording) == [event.at_ms] == [3520]  # the words ended at 3440
    assert (event.purpose, event.method, event.answer) == ("recording", "voice", "stop recording me")
    assert (event.rule, event.confidence, event.keeps_earlier) == ("withdrawal.1/stop", 0.9, False)
    assert stage.said[-1] == "it is off"
    assert not stage.talk.may_keep_words
    stage.caller_asks("opening hours")
    stage.run(1500)
    assert stage.said[-1] == "eight to six every day"
    assert stage.ended is None


def test_what_was_recorded_before_is_closed_where_the_profile_keeps_it():
    stage = withdrawn(keeps_earlier=True)

    assert len(stage.commanded(SealRecording)) == 1
    assert stage.commanded(DiscardRecording) == []
    assert stage.noted(ConsentWithdrawn)[0].keeps_earlier


@pytest.mark.parametrize(("keys", "pressed"), [("*9", "*9"), ("*9", "4*9"), ("##", "##")])
def test_T_GD_5_the_keys_of_the_profile_stop_it_at_once(keys, pressed):
    stage = talking(withdrawal=WithdrawalTerms(keys=keys, stopped="it is off"))
    for key in pressed:
        stage.key(key)
    at_ms = stage.now_ms
    stage.run(3000)

    assert stage.commanded(DiscardRecording) == [at_ms]
    assert [(event.method, event.answer) for event in stage.noted(ConsentWithdrawn)] == [("dtmf", keys)]
    assert stage.said[-1] == "it is off"
    assert stage.responder.committed == []  # nothing of it was taken for a number


def test_keys_that_are_pressed_long_after_each_other_withdraw_nothing():
    stage = talking()
    stage.key("*")
    stage.run(4000)
    stage.key("9")

    assert stage.noted(ConsentWithdrawn) == []


@pytest.mark.parametrize("words", ["don't stop recording", "my recording device is broken", "are you recording"])
def test_what_only_speaks_of_recording_withdraws_nothing(words):
    stage = talking()
    stage.caller_asks(words)

    assert stage.noted(ConsentWithdrawn) == []
    assert stage.talk.may_keep_words


def test_it_is_heard_over_our_own_words_and_silences_us():
    stage = talking(withdrawal=_TERMS)
    stage.caller_asks("opening hours")
    stage.run(240)
    stage.caller_says("i don't want to be recorded", 1200, CALLER_WANTS_IN)
    stage.recogniser_closes()
    stage.run(2000)

    assert stage.said[-2].endswith("...")
    assert stage.said[-1] == "it is off"
    assert len(stage.commanded(DiscardRecording)) == 1


def test_our_own_words_that_come_back_withdraw_nothing():
    stage = talking()
    stage.responder.learn(
        {"how": stage.responder.propose("opening hours", asked="").__class__(say="say stop recording at any time")}
    )
    stage.caller_asks("how")
    stage.run(600)
    stage.caller_says("stop recording", 400)
    stage.recogniser_closes()
    stage.run(2000)

    assert stage.noted(ConsentWithdrawn) == []


def test_the_same_words_of_the_caller_a_moment_later_do():
    stage = talking()
    stage.responder.learn(
        {"how": stage.responder.propose("opening hours", asked="").__class__(say="say stop recording at any time")}
    )
    stage.caller_asks("how")
    stage.run(3000)
    stage.caller_asks("stop recording")

    assert len(stage.noted(ConsentWithdrawn)) == 1


def test_a_sentence_with_a_pause_in_it_counts_as_one():
    stage = talking()
    stage.caller_says("i don't want", 600)
    stage.recogniser_closes()
    stage.caller_says("to be recorded", 600)
    stage.recogniser_closes()

    assert [event.rule for event in stage.noted(ConsentWithdrawn)] == ["withdrawal.1/wish"]


def test_it_counts_once_and_who_asks_again_is_told_that_it_is_off():
    stage = withdrawn()
    stage.caller_asks("stop recording")
    stage.run(1500)

    assert len(stage.noted(ConsentWithdrawn)) == len(stage.commanded(DiscardRecording)) == 1
    assert stage.said[-1] == "it was off"


def test_who_never_agreed_is_told_so_and_nothing_is_withdrawn():
    stage = TalkStage()
    stage.begin()
    stage.run(2000)
    stage.key("2")
    stage.run(1000)
    stage.caller_asks("stop recording")

    assert stage.noted(ConsentWithdrawn) == []


def test_what_comes_after_it_is_withheld_the_words_themselves_too():
    stage = talking(withdrawal=_TERMS)
    kept: list[tuple[str, bool]] = []
    perform_one = stage._perform_one

    def watched(command):
        if isinstance(getattr(command, "event", None), CallerSaid):
            kept.append((command.event.text, stage.talk.may_keep_words))
        perform_one(command)

    stage._perform_one = watched
    stage.caller_asks("opening hours")
    stage.run(1600)
    stage.caller_asks("stop recording")
    stage.run(1600)
    stage.caller_asks("where is my order")

    assert kept == [("opening hours", True), ("stop recording", False), ("where is my order", False)]


def test_nothing_brings_it_back():
    stage = withdrawn()
    for key in "1" * 3:
        stage.key(key)
        stage.run(2000)
    for words in ("yes", "you may record", "start recording"):
        stage.caller_asks(words)
        stage.run(2000)

    assert len(stage.commanded(StartRecording)) == 1
    assert not stage.talk.may_keep_words


@pytest.mark.parametrize("way", ["voice", "keys"])
def test_it_counts_for_who_is_being_put_through_and_does_not_keep_them(way):
    stage = talking()
    stage.caller_asks("a person")
    stage.run(1000)
    before = list(stage.said)
    if way == "voice":
        stage.caller_says("stop recording", 400)
        stage.recogniser_closes()
    else:
        stage.key("*")
        stage.key("9")
    stage.run(400)

    assert len(stage.noted(TransferRequested)) == len(stage.commanded(DiscardRecording)) == 1
    assert stage.said == before


def test_it_counts_over_our_goodbye_which_goes_on():
    stage = talking()
    stage.caller_asks("goodbye")
    stage.run(80)
    stage.key("*")
    stage.caller_says("stop recording", 160)
    stage.recogniser_closes()
    stage.run(2000)

    assert len(stage.commanded(DiscardRecording)) == 1


def test_work_that_is_under_way_is_still_told():
    stage = talking(withdrawal=_TERMS)
    stage.caller_asks("where is my order")
    stage.caller_asks("stop recording")
    stage.run(1200)
    work = stage.packages[-1].delegation_id
    stage.report(work, Commentary(text="it left"))
    stage.report(work, WorkDone(outcome="ok"))
    stage.run(3000)

    assert "it is off" in stage.said
    assert stage.noted(AgentSaid)[-1].played == "it left"


# -- before the talk is open -------------------------------------------------------------------------------------------


def opening(ms: int) -> TalkStage:
    stage = TalkStage()
    stage.begin()
    stage.run(ms)
    return stage


@pytest.mark.parametrize("ms", [240, 1000, 1600, 2000])
@pytest.mark.parametrize("way", ["voice", "keys"])
def test_who_says_no_recording_at_any_moment_of_the_opening_is_not_recorded(ms, way):
    stage = opening(ms)
    if way == "voice":
        stage.caller_says("no recording", 320)
        stage.recogniser_closes()
    else:
        stage.key("*")
        stage.key("9")
    stage.run(3000)

    assert [event.TYPE for event in stage.events if event.TYPE.startswith("consent")] == ["consent.denied"]
    assert stage.said[:2] == ["I am an assistant", "calls are recorded"]  # it interrupts neither
    assert stage.said[-1] == "fine hello there"
    assert stage.recording_since_ms is None


def test_it_takes_a_yes_back_over_the_greeting():
    stage = opening(2000)
    stage.key("1")
    stage.run(160)
    stage.caller_says("stop recording", 320)
    stage.recogniser_closes()
    stage.run(2000)

    assert len(stage.commanded(DiscardRecording)) == 1
    assert stage.said[-1] == "fine hello there"
