"""Work elsewhere and its result in the talk. Asked for at 3520 ms; a word is 200 ms, a micro-turn 80."""

from voiceagent.conversation.delegation import Commentary, Progress, Thinking, ToolRan, WorkDone
from voiceagent.core.ids import ToolCallId
from voiceagent.telephony.events import (
    AgentSaid,
    BargedIn,
    DelegationEnded,
    DelegationStarted,
    FloorTaken,
    ResultWoven,
    ToolCalled,
)
from voiceagent.testing.floors import (
    CALLER_WANTS_IN,
    OUR_TURN,
)
from voiceagent.testing.talk_stage import TalkStage, talking


def order(stage: TalkStage) -> str:
    """Ask for an order; the delegation's id. Work starts at 3520."""
    stage.caller_asks("where is my order")
    return stage.packages[-1].delegation_id


def test_work_is_delegated_with_its_slots_and_the_talk_so_far():
    stage = talking()
    order(stage)
    (package,) = stage.packages

    assert (package.intent, package.slots) == ("order", {"number": "4821"})
    assert (package.caller, package.profile) == ("+4930123", "sample")
    assert [line.text for line in package.conversation] == [
        "I am an assistant",
        "calls are recorded",
        "may we",
        "thanks hello there",
        "where is my order",
    ]
    assert stage.noted(DelegationStarted)[0].at_ms == 3520


def test_a_wait_is_covered_after_800_ms():
    stage = talking()
    order(stage)
    stage.run(2400)
    fillers = [event for event in stage.noted(AgentSaid) if event.kind == "filler"]

    assert [(event.played, event.start_ms) for event in fillers] == [("one moment", 4320)]


def test_a_long_wait_is_covered_again_in_other_words_two_seconds_after_the_last():
    stage = talking()
    order(stage)
    stage.run(7000)
    fillers = [event for event in stage.noted(AgentSaid) if event.kind == "filler"]

    assert [(event.played, event.start_ms, event.end_ms) for event in fillers] == [
        ("one moment", 4320, 4720),
        ("still looking", 6720, 7120),
        ("one moment", 9120, 9520),
    ]


def test_a_wait_without_news_ends_with_the_truth_before_its_time_is_up():
    stage = talking(waits={"work_timeout_s": 60.0})
    order(stage)
    stage.run(20_000)

    assert stage.said[-7:] == [*("one moment", "still looking") * 3, "the system is down"]
    assert [event.outcome for event in stage.noted(DelegationEnded)] == ["failed"]


def test_the_work_says_what_it_is_at_and_how_long_it_takes():
    stage = talking()
    work = order(stage)
    stage.report(work, Progress(text="the warehouse is counting", seconds_left=30))
    stage.run(6000)

    assert stage.said[-2:] == ["the warehouse is counting", "That takes about half a minute."]


def test_a_filler_counts_as_the_answer_that_the_caller_waited_for():
    stage = talking()
    order(stage)
    stage.run(1000)

    assert [event.response_latency_ms for event in stage.noted(FloorTaken)] == [900]


def test_no_filler_where_the_profile_has_none():
    stage = talking(waits={"fillers": ()})
    order(stage)
    stage.run(4000)

    assert [event for event in stage.noted(AgentSaid) if event.kind == "filler"] == []


def test_a_fast_result_needs_no_filler():
    stage = talking()
    work = order(stage)
    stage.run(400)
    stage.report(work, Commentary(text="it comes tomorrow"))
    stage.report(work, WorkDone(outcome="ok"))
    stage.run(1000)

    assert stage.said[-1] == "it comes tomorrow"
    assert [event.kind for event in stage.noted(AgentSaid)][-1] == "result"
    assert "one moment" not in stage.said


def test_a_result_is_woven_in_at_once_when_nobody_speaks():
    stage = talking()
    work = order(stage)
    stage.run(220)  # between two micro-turns
    stage.report(work, Commentary(text="it comes tomorrow"))
    stage.report(work, WorkDone(outcome="ok"))
    stage.run(20)

    assert [event.at_ms for event in stage.noted(ResultWoven)] == [3740]
    assert [event.response_latency_ms for event in stage.noted(FloorTaken)] == [320]
    assert [event.outcome for event in stage.noted(DelegationEnded)] == ["woven"]


def test_a_result_that_comes_while_the_caller_speaks_waits():
    stage = talking()
    work = order(stage)
    stage.run(1600)  # the filler ends at 4720
    stage.caller_says("opening hours", 800)  # 5120 to 5920
    stage.report(work, Commentary(text="it comes tomorrow"))
    stage.report(work, WorkDone(outcome="ok"))
    stage.run(80, OUR_TURN)
    assert stage.noted(ResultWoven) == []
    stage.run(3000)
    (woven,) = stage.noted(ResultWoven)

    assert stage.said[-2:] == ["eight to six every day", "it comes tomorrow"]
    assert woven.at_ms == 7040  # our own answer ends at 7000
    assert [(event.outcome, event.at_ms) for event in stage.noted(DelegationEnded)] == [("woven", 7040)]


def test_interrupting_the_agent_does_not_cancel_its_work():
    stage = talking()
    work = order(stage)
    stage.run(880)
    stage.caller_says("opening hours", 800, CALLER_WANTS_IN)  # over the filler
    stage.run(2500)
    stage.report(work, Commentary(text="it comes tomorrow"))
    stage.report(work, WorkDone(outcome="ok"))
    stage.run(2000)

    assert stage.noted(BargedIn)[0].method == "voice"
    assert stage.said[-2:] == ["eight to six every day", "it comes tomorrow"]
    assert [event.outcome for event in stage.noted(DelegationEnded)] == ["woven"]


def test_a_superseded_result_is_dropped_and_the_record_says_so():
    stage = talking()
    old = order(stage)
    stage.run(80)
    stage.caller_asks("another order")
    new = stage.packages[-1].delegation_id
    stage.report(old, Commentary(text="the old one comes today"))
    stage.report(
        old, ToolRan(tool_call_id=ToolCallId("t"), name="crm.find", arguments={}, status="ok", result={}, duration_ms=9)
    )
    stage.report(old, WorkDone(outcome="ok"))
    stage.report(new, Commentary(text="it comes tomorrow"))
    stage.report(new, WorkDone(outcome="ok"))
    stage.run(2000)

    assert "the old one comes today" not in stage.said
    assert stage.said[-1] == "it comes tomorrow"
    assert [(event.delegation_id, event.outcome) for event in stage.noted(DelegationEnded)] == [
        (old, "superseded"),
        (new, "woven"),
    ]
    assert [event.delegation_id for event in stage.noted(ToolCalled)] == [old]


def test_a_result_that_came_but_was_never_spoken_is_not_called_woven():
    stage = talking()
    old = order(stage)
    stage.caller_says("another order", 800)
    stage.report(old, Commentary(text="the old one comes today"))
    stage.report(old, WorkDone(outcome="ok"))
    stage.run(80, OUR_TURN)
    stage.run(400)

    assert [(event.delegation_id, event.outcome) for event in stage.noted(DelegationEnded)] == [(old, "superseded")]
    assert stage.noted(ResultWoven) == []


def test_two_pieces_of_a_result_are_both_spoken_in_order():
    stage = talking()
    work = order(stage)
    stage.report(work, Commentary(text="it left"))
    stage.report(work, Commentary(text="it comes tomorrow"))
    stage.report(work, WorkDone(outcome="ok"))
    stage.run(2000)

    assert stage.said[-2:] == ["it left", "it comes tomorrow"]
    assert [event.outcome for event in stage.noted(DelegationEnded)] == ["woven"]


def test_after_the_words_of_a_result_no_filler_covers_the_agents_last_steps():
    stage = talking()
    work = order(stage)
    stage.report(work, Commentary(text="it left"))
    stage.run(3000)

    assert stage.said[-1] == "it left"
    assert "one moment" not in stage.said


def test_an_unreachable_system_is_admitted():
    stage = talking()
    work = order(stage)
    stage.run(1600)
    stage.report(work, WorkDone(outcome="unreachable", detail="no route"))
    stage.run(2000)

    assert stage.said[-1] == "the system is down"
    assert [(event.outcome, event.detail) for event in stage.noted(DelegationEnded)] == [("failed", "no route")]


def test_work_that_never_ends_is_given_up_after_its_time():
    stage = talking()
    order(stage)
    stage.run(14_000)

    assert stage.said[-1] == "the system is down"
    (ended,) = stage.noted(DelegationEnded)
    assert (ended.outcome, ended.detail, ended.at_ms) == ("failed", "no answer in time", 15_520)


def test_thoughts_are_not_spoken():
    stage = talking()
    work = order(stage)
    stage.report(work, Thinking(text="hm"))
    stage.run(400)

    assert "hm" not in stage.said


def test_work_that_outlives_the_call_is_recorded_as_dropped():
    stage = talking()
    work = order(stage)
    stage.leave()

    assert [(event.delegation_id, event.outcome) for event in stage.noted(DelegationEnded)] == [(work, "dropped")]
