"""A result that says otherwise than what was heard takes it back by name; a word is 200 ms."""

from voiceagent.conversation.claims import Claim
from voiceagent.conversation.delegation import Commentary, WorkDone
from voiceagent.telephony.events import AgentSaid, CorrectionSpoken
from voiceagent.testing.floors import CALLER_WANTS_IN, OUR_TURN
from voiceagent.testing.talk_stage import TalkStage, talking


def found(day: str) -> Commentary:
    return Commentary(text=f"it comes on {day}", claims=(Claim(subject="order", field="day", value=day),))


def ask(stage: TalkStage, answer: Commentary, ms: int = 2000) -> None:
    stage.caller_asks("where is my order")
    work = stage.packages[-1].delegation_id
    stage.report(work, answer)
    stage.report(work, WorkDone(outcome="ok"))
    stage.run(ms)


def test_a_value_that_changed_is_taken_back_by_name():
    stage = talking()
    ask(stage, found("Thursday"))
    ask(stage, found("Friday"), 6000)
    first, second = [event for event in stage.noted(AgentSaid) if event.kind in ("result", "correction")]
    (corrected,) = stage.noted(CorrectionSpoken)

    assert stage.said[-1] == "I said Thursday, but that has changed: it is Friday. it comes on Friday"
    assert (first.kind, second.kind) == ("result", "correction")
    assert (corrected.corrects, corrected.utterance_id) == (first.utterance_id, second.utterance_id)
    assert (corrected.field, corrected.said, corrected.now) == ("day", "Thursday", "Friday")


def test_the_same_answer_twice_corrects_nothing():
    stage = talking()
    ask(stage, found("Thursday"))
    ask(stage, found("Thursday"))

    assert stage.said[-1] == "it comes on Thursday"
    assert stage.noted(CorrectionSpoken) == []


def test_a_value_that_was_never_heard_is_not_taken_back():
    stage = talking()
    ask(stage, found("Thursday"), 400)  # "it comes"
    stage.caller_says("where is my order", 800, CALLER_WANTS_IN)
    stage.run(80, OUR_TURN)
    stage.run(400)
    work = stage.packages[-1].delegation_id
    stage.report(work, found("Friday"))
    stage.report(work, WorkDone(outcome="ok"))
    stage.run(2000)

    assert stage.said[-1] == "it comes on Friday"
    assert stage.noted(CorrectionSpoken) == []


def test_a_value_that_looks_like_a_place_of_the_template_is_only_said():
    stage = talking()
    ask(stage, found("{now}"))
    ask(stage, found("Friday"), 8000)

    assert stage.said[-1] == "I said {now}, but that has changed: it is Friday. it comes on Friday"


def test_the_profile_says_how_something_is_taken_back():
    stage = talking(correction="not {said} but {now}:")
    ask(stage, found("Thursday"))
    ask(stage, found("Friday"), 6000)

    assert stage.said[-1] == "not Thursday but Friday: it comes on Friday"
