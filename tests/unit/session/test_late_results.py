"""Results that come when the talk has moved on: told with words before them, or dropped, and always in the record."""

from voiceagent.conversation.delegation import Commentary, Proposed, WorkDone
from voiceagent.conversation.late_results import ACTS, Lateness
from voiceagent.conversation.reply import Reply, WorkRequest
from voiceagent.core.ids import ProposalId
from voiceagent.session.commands import StopWork
from voiceagent.telephony.events import DelegationEnded, EffectProposed, ResultCameLate
from voiceagent.testing.sample_profile import SAMPLE_REPLIES
from voiceagent.testing.talk_stage import TalkStage, talking

_OTHER = Reply(intent="bill", work=WorkRequest(intent="bill"))
_PROPOSED = Proposed(proposal_id=ProposalId("prop_1"), tool="crm.move", effect="write", read_back="shall I move it?")


def asking(*questions: str, **waits: object) -> tuple[TalkStage, list[str]]:
    """A call in which these were asked in order; the ids of the delegations."""
    stage = talking(waits={"fillers": (), **waits})
    stage.responder.learn({**SAMPLE_REPLIES, "what do I owe": _OTHER})
    for question in questions:
        stage.caller_asks(question)
    return stage, [package.delegation_id for package in stage.packages]


def finish(stage: TalkStage, work: str, text: str, ms: int = 4000) -> None:
    stage.report(work, Commentary(text=text))
    stage.report(work, WorkDone(outcome="ok"))
    stage.run(ms)


def late(stage: TalkStage) -> list[tuple[str, str]]:
    return [(event.reason, event.act) for event in stage.noted(ResultCameLate)]


def test_the_table_has_an_act_for_every_way_of_being_late():
    assert set(ACTS) == set(Lateness)


def test_two_questions_are_worked_on_at_once_and_both_are_answered():
    stage, (order, bill) = asking("where is my order", "what do I owe")
    finish(stage, bill, "you owe ten")
    finish(stage, order, "it comes tomorrow")

    assert stage.said[-2:] == ["you owe ten", "it comes tomorrow"]
    assert [event.outcome for event in stage.noted(DelegationEnded)] == ["woven", "woven"]


def test_the_answer_to_an_earlier_question_says_so_while_a_later_one_runs():
    stage, (order, _bill) = asking("where is my order", "what do I owe")
    finish(stage, order, "it comes tomorrow")

    assert stage.said[-1] == "About what you asked before: it comes tomorrow"
    assert late(stage) == [("overtaken", "rephrase")]


def test_a_result_after_we_gave_up_is_told_after_all():
    stage, (order,) = asking("where is my order", work_timeout_s=2.0)
    stage.run(5000)
    assert stage.said[-1] == "the system is down"
    finish(stage, order, "it comes tomorrow")

    assert stage.said[-1] == "I could find it out after all. it comes tomorrow"
    assert late(stage) == [("given_up", "rephrase")]
    assert [event.outcome for event in stage.noted(DelegationEnded)] == ["failed", "woven"]


def test_nobody_is_told_what_comes_half_a_minute_after_we_gave_up():
    stage, (order,) = asking("where is my order", work_timeout_s=2.0, reprompt_after_s=90.0)
    stage.run(36_000)
    finish(stage, order, "it comes tomorrow")

    assert stage.said[-1] == "the system is down"
    assert late(stage) == [("stale", "drop")]


def test_the_result_of_a_superseded_question_is_dropped():
    stage, (order, _again) = asking("where is my order", "another order")
    finish(stage, order, "it comes tomorrow")

    assert late(stage) == [("superseded", "drop")]
    assert "it comes tomorrow" not in stage.said


def test_the_same_words_twice_are_said_once():
    stage, (order,) = asking("where is my order")
    stage.report(order, Commentary(text="it comes tomorrow"))
    stage.run(2000)
    finish(stage, order, "it comes tomorrow")

    assert stage.said.count("it comes tomorrow") == 1
    assert late(stage) == [("duplicate", "drop")]


def test_a_value_that_changes_back_is_told():
    stage, (order,) = asking("where is my order")
    for day in ("tuesday", "friday", "tuesday"):
        stage.report(order, Commentary(text=f"it comes on {day}"))
        stage.run(2000)

    assert stage.said[-1] == "it comes on tuesday"


def test_the_pieces_of_a_late_result_are_all_told():
    stage, (order,) = asking("where is my order", work_timeout_s=2.0)
    stage.run(5000)
    stage.report(order, Commentary(text="it is packed"))
    stage.run(1000)
    finish(stage, order, "and comes tomorrow")

    assert stage.said[-2:] == ["I could find it out after all. it is packed", "and comes tomorrow"]


def test_a_late_result_of_a_question_that_was_asked_again_is_dropped():
    stage, (order,) = asking("where is my order", work_timeout_s=2.0)
    stage.run(5000)
    stage.caller_asks("another order")
    finish(stage, order, "it comes tomorrow")

    assert late(stage) == [("superseded", "drop")]


def test_a_superseded_question_that_still_runs_is_told_to_stop():
    stage, (order, _again) = asking("where is my order", "another order")

    stops = [command.delegation_id for _, command in stage.timeline if isinstance(command, StopWork)]
    assert stops == [order]


def test_a_question_that_was_given_up_and_is_asked_again_is_told_to_stop_once():
    stage, (order,) = asking("where is my order")
    stage.run(20_000)
    assert stage.said[-1] == "the system is down"
    stage.caller_asks("another order")
    stage.caller_asks("another order")

    stops = [command.delegation_id for _, command in stage.timeline if isinstance(command, StopWork)]
    assert stops == [order, stage.packages[1].delegation_id]


def test_a_question_that_has_ended_is_not_told_to_stop():
    stage, (order,) = asking("where is my order")
    finish(stage, order, "it comes tomorrow")
    stage.caller_asks("another order")

    assert stage.commanded(StopWork) == []


def test_a_fourth_question_supersedes_the_first():
    stage, _ = asking()
    replies = {f"q{number}": Reply(intent=f"i{number}", work=WorkRequest(intent=f"i{number}")) for number in range(4)}
    stage.responder.learn(replies)
    for question in replies:
        stage.caller_asks(question)

    ended = [(event.delegation_id, event.outcome) for event in stage.noted(DelegationEnded)]
    assert ended == [(stage.packages[0].delegation_id, "superseded")]


def test_nothing_comes_between_a_read_back_and_its_answer():
    stage, (order, bill) = asking("where is my order", "what do I owe", reprompt_after_s=60.0)
    stage.report(bill, _PROPOSED)
    stage.report(bill, WorkDone(outcome="proposed"))
    stage.run(3000)
    finish(stage, order, "it comes tomorrow", 5000)
    assert len(stage.noted(EffectProposed)) == 1
    assert stage.said[-1] == "shall I move it?"
    stage.responder.learn({"no": Reply(say="then not", declines=True)})
    stage.caller_asks("no")
    stage.run(4000)

    assert stage.said[-2:] == ["then not", "it comes tomorrow"]
