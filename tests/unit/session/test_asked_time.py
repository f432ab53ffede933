"""The caller asks for time. A question or answer ends, they ask, and "take your time" is 600 ms."""

import pytest

from voiceagent.conversation.delegation import Commentary, Proposed, WorkDone
from voiceagent.conversation.reply import Reply, WorkRequest
from voiceagent.core.ids import ProposalId
from voiceagent.core.termination import Reason
from voiceagent.telephony.events import AgentSaid, CallerSaid, EffectConfirmed, EffectDeclined
from voiceagent.testing.floors import CALLER_WANTS_IN
from voiceagent.testing.sample_profile import SAMPLE_REPLIES
from voiceagent.testing.talk_stage import TalkStage, talking

_WAITS = {"take_your_time": "take your time", "given_time_s": 40.0}


def waiting(words: str, **profile: object) -> TalkStage:
    """The caller has asked for time and was given it. What they heard is over."""
    stage = talking(waits=_WAITS, **profile)
    stage.caller_asks(words)
    stage.run(800)
    return stage


def asked_again_after_s(stage: TalkStage) -> float:
    """From our last words to the next ones."""
    before = stage.noted(AgentSaid)[-1].end_ms
    while stage.said[-1] != "still there":
        stage.run(80)
    return (stage.noted(AgentSaid)[-1].start_ms - before) / 1000


def test_who_asks_for_time_is_answered_briefly_and_then_nobody_speaks():
    stage = waiting("hold on")
    stage.run(39_000)

    assert stage.said[-1] == "take your time"
    assert stage.noted(CallerSaid)[-1].intent == "time"
    assert stage.ended is None


@pytest.mark.parametrize(("words", "seconds"), [("hold on", 40), ("thirty seconds", 30), ("give me two minutes", 120)])
def test_the_caller_is_asked_whether_they_are_there_when_their_time_is_over(words, seconds):
    assert asked_again_after_s(waiting(words)) == pytest.approx(seconds, abs=0.2)


def test_after_that_time_the_call_ends_as_any_silent_one():
    stage = waiting("hold on")
    stage.run(60_000)

    assert stage.said[-4:] == ["take your time", "still there", "still there", "bye then"]
    assert stage.ended is not None
    assert stage.ended.reason is Reason.DEAD_AIR


def test_who_speaks_again_meets_the_usual_patience():
    stage = waiting("hold on")
    stage.run(10_000)
    stage.caller_asks("opening hours")
    stage.run(2000)

    assert stage.said[-1] == "eight to six every day"
    assert asked_again_after_s(stage) == pytest.approx(8, abs=0.2)


def test_who_asks_for_time_again_gets_it_again():
    stage = waiting("hold on")
    stage.run(30_000)
    stage.caller_asks("one moment")
    stage.run(35_000)

    assert stage.said[-2:] == ["take your time", "take your time"]


@pytest.mark.parametrize("words", ["thank you", "okay thanks", ""])
def test_thanks_for_the_time_need_no_answer_and_do_not_shorten_it(words):
    stage = waiting("hold on")
    stage.caller_asks(words)
    stage.run(30_000)

    assert stage.said[-1] == "take your time"


def test_what_is_not_understood_later_is_answered():
    stage = waiting("hold on")
    stage.run(6000)
    stage.caller_asks("")
    stage.run(1000)

    assert stage.said[-1] == "Pardon?"


def test_asking_for_time_while_the_agent_speaks_silences_it():
    stage = talking(waits=_WAITS)
    stage.caller_asks("opening hours")
    stage.run(240)
    stage.caller_says("hang on a second", 800, CALLER_WANTS_IN)
    stage.run(20_000)

    assert stage.said[-2].endswith("...")
    assert stage.said[-1] == "take your time"


def test_a_result_waits_until_the_caller_is_back():
    stage = talking(waits=_WAITS)
    stage.caller_asks("where is my order")
    stage.caller_asks("hold on")
    stage.run(800)
    stage.report(stage.packages[-1].delegation_id, Commentary(text="it left"))
    stage.report(stage.packages[-1].delegation_id, WorkDone(outcome="ok"))
    stage.run(20_000)
    assert stage.said[-1] == "take your time"
    stage.caller_asks("opening hours")
    stage.run(4000)

    assert stage.said[-2:] == ["eight to six every day", "it left"]


def test_a_result_for_who_does_not_come_back_is_told_when_their_time_is_over():
    stage = talking(waits=_WAITS)
    stage.caller_asks("where is my order")
    stage.caller_asks("hold on")
    stage.run(800)
    stage.report(stage.packages[-1].delegation_id, Commentary(text="it left"))
    stage.run(42_000)

    assert stage.said[-1] == "it left"


def test_a_read_back_is_still_open_after_it_and_a_yes_to_take_your_time_confirms_nothing():
    yes = Reply(
        intent="order", work=WorkRequest(intent="order", slots={"number": "4821"}, confirms=True), understood=True
    )
    stage = talking(waits=_WAITS)
    stage.responder.learn({**SAMPLE_REPLIES, "yes": Reply(say="shall I move it?"), "yes?": yes})
    stage.caller_asks("where is my order")
    work = stage.packages[-1].delegation_id
    stage.report(
        work, Proposed(proposal_id=ProposalId("p"), tool="crm.move", effect="write", read_back="shall I move it?")
    )
    stage.report(work, WorkDone(outcome="proposed"))
    stage.run(2000)
    stage.caller_asks("hold on")
    stage.run(1000)
    assert stage.noted(EffectDeclined) == []
    stage.caller_asks("yes")
    stage.run(2000)
    assert stage.noted(EffectConfirmed) == []
    assert stage.said[-1] == "shall I move it?"
    stage.caller_asks("yes")

    assert len(stage.noted(EffectConfirmed)) == 1


def test_an_offer_to_call_back_is_still_open_after_it():
    stage = talking(waits=_WAITS)
    stage.caller_asks("call me back")
    stage.run(2000)
    stage.caller_asks("give me a minute")
    stage.run(5000)
    stage.caller_asks("oh three oh four four")
    stage.run(3000)

    assert stage.said[-1] == "0 3 0 4 4 right?"


def test_who_asks_for_time_over_the_announcement_is_not_put_through():
    stage = talking(waits=_WAITS)
    stage.caller_asks("a person")
    stage.run(240)
    stage.caller_says("just a second", 400, CALLER_WANTS_IN)
    stage.run(4000)

    assert stage.transfers == []
    assert stage.said[-1] == "take your time"


def test_the_time_limit_of_a_call_holds_all_the_same():
    stage = waiting("give me five minutes", max_call_s=30.0)
    stage.run(40_000)

    assert stage.ended is not None
    assert stage.ended.reason is Reason.TIME_LIMIT
