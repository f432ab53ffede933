"""Keys before the talk is open: answers, numbers, and neither. The question is heard from 1400 to 1800 ms."""

import pytest

from voiceagent.session.commands import DiscardRecording
from voiceagent.telephony.events import ConsentDenied, ConsentGranted, ConsentWithdrawn
from voiceagent.testing.talk_stage import TalkStage


def pressed(stage: TalkStage, keys: str, every_ms: int = 200) -> None:
    for key in keys:
        stage.key(key)
        stage.run(every_ms)


def call(ms: int) -> TalkStage:
    stage = TalkStage()
    stage.begin()
    stage.run(ms)
    return stage


@pytest.mark.parametrize("ms", [200, 1000, 1600])
def test_a_number_that_is_typed_early_answers_nothing_and_is_answered_when_the_talk_is_open(ms):
    stage = call(ms)
    pressed(stage, "4021#")
    stage.run(4000)
    stage.caller_says("yes", 400)
    stage.recogniser_closes()
    stage.run(4000)

    assert len(stage.noted(ConsentGranted)) == 1
    assert stage.noted(ConsentGranted)[0].method == "voice"
    assert stage.responder.committed == ["four zero two one"]


def test_a_one_that_begins_a_number_is_no_yes():
    stage = call(2000)
    pressed(stage, "1402#")
    stage.run(4000)

    assert len(stage.commanded(DiscardRecording)) == 1
    assert [event.method for event in stage.noted(ConsentDenied)] == ["dtmf"]
    assert not stage.talk.may_keep_words
    assert stage.responder.committed == ["one four zero two"]


@pytest.mark.parametrize("keys", ["1", "11", "1#"])
def test_a_one_alone_pressed_twice_or_ended_is_a_yes(keys):
    stage = call(2000)
    pressed(stage, keys)
    stage.run(4000)

    assert len(stage.noted(ConsentGranted)) == 1
    assert stage.noted(ConsentDenied) == []
    assert stage.responder.committed == []


def test_a_number_over_the_greeting_is_kept_even_when_it_begins_with_a_two():
    stage = call(2000)
    stage.caller_says("yes", 400)
    stage.recogniser_closes()
    stage.run(160)
    pressed(stage, "2134#")
    stage.run(4000)

    assert stage.noted(ConsentDenied) == stage.noted(ConsentWithdrawn) == []
    assert stage.talk.may_keep_words
    assert stage.responder.committed == ["two one three four"]


def test_a_two_that_stays_alone_over_the_greeting_takes_the_yes_back():
    stage = call(2000)
    stage.caller_says("yes", 400)
    stage.recogniser_closes()
    stage.run(160)
    stage.key("2")
    stage.run(4000)

    assert len(stage.commanded(DiscardRecording)) == 1
    assert not stage.talk.may_keep_words
    assert stage.responder.committed == []


def test_a_number_that_begins_with_a_two_refuses_the_recording_and_is_not_lost():
    stage = call(2000)
    pressed(stage, "2134#")
    stage.run(4000)

    assert [event.method for event in stage.noted(ConsentDenied)] == ["dtmf"]
    assert stage.responder.committed == ["two one three four"]
