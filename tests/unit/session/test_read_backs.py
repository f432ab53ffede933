"""What changes the world in the talk: read back, confirmed or not, and all of it in the log."""

from voiceagent.conversation.delegation import Commentary, Proposed, WorkDone
from voiceagent.conversation.reply import Reply, WorkRequest
from voiceagent.core.ids import ProposalId
from voiceagent.telephony.events import DelegationEnded, EffectConfirmed, EffectDeclined, EffectProposed, ResultWoven
from voiceagent.testing.sample_profile import SAMPLE_REPLIES
from voiceagent.testing.talk_stage import TalkStage, talking

_WORK = WorkRequest(intent="order", slots={"number": "4821"})
_YES = Reply(intent="order", work=WorkRequest(intent="order", slots={"number": "4821"}, confirms=True))
_NO = Reply(say="then not", intent="order", declines=True)
_PROPOSED = Proposed(
    proposal_id=ProposalId("prop_1"),
    tool="crm.move",
    effect="write",
    read_back="shall I move it to monday?",
    values={"number": "9001", "day": "monday"},
)


def asked() -> TalkStage:
    """Work was delegated, proposed, and read back to its end."""
    stage = talking()
    stage.responder.learn({**SAMPLE_REPLIES, "yes?": _YES, "no?": _NO})
    stage.caller_asks("where is my order")
    work = stage.packages[-1].delegation_id
    stage.report(work, _PROPOSED)
    stage.report(work, WorkDone(outcome="proposed"))
    stage.run(2000)
    return stage


def test_a_proposal_is_read_back_as_a_result_is_told():
    stage = asked()
    (proposed,) = stage.noted(EffectProposed)

    assert stage.said[-1] == "shall I move it to monday?"
    assert (proposed.proposal_id, proposed.tool, proposed.effect) == ("prop_1", "crm.move", "write")
    assert proposed.utterance_id == stage.noted(ResultWoven)[0].utterance_id
    proposed_slots = {"number": "9001", "day": "monday"}  # what was worked out, not what the caller had said
    assert stage.responder.asked_about == [WorkRequest(intent="order", slots=proposed_slots)]
    assert [event.outcome for event in stage.noted(DelegationEnded)] == ["woven"]


def test_a_yes_delegates_again_and_names_the_proposal():
    stage = asked()
    stage.caller_asks("yes")
    (confirmed,) = stage.noted(EffectConfirmed)

    assert stage.packages[-1].confirms == "prop_1"
    assert confirmed.proposal_id == "prop_1"
    assert confirmed.delegation_id == stage.packages[-1].delegation_id
    assert stage.noted(EffectDeclined) == []


def test_the_result_of_what_was_confirmed_is_told():
    stage = asked()
    stage.caller_asks("yes")
    stage.report(stage.packages[-1].delegation_id, Commentary(text="done it comes on monday"))
    stage.report(stage.packages[-1].delegation_id, WorkDone(outcome="ok"))
    stage.run(2000)

    assert stage.said[-1] == "done it comes on monday"


def test_an_okay_over_the_read_back_is_a_sign_of_listening():
    stage = talking()
    stage.responder.learn({**SAMPLE_REPLIES, "yes?": _YES, "okay?": _YES})
    stage.caller_asks("where is my order")
    work = stage.packages[-1].delegation_id
    stage.report(work, _PROPOSED)
    stage.report(work, WorkDone(outcome="proposed"))
    stage.run(400)
    stage.caller_says("yes", 200)
    stage.recogniser_closes()
    stage.run(4000)

    assert stage.said[-1] == "shall I move it to monday?"
    assert stage.noted(EffectConfirmed) == []


def test_no_filler_comes_between_a_read_back_and_its_answer():
    stage = asked()
    stage.run(3000)

    assert stage.said[-1] == "shall I move it to monday?"


def test_a_caller_who_says_nothing_to_a_read_back_is_asked_whether_they_are_there():
    stage = asked()
    stage.run(20_000)

    assert "still there" in stage.said


def test_what_was_confirmed_is_told_whatever_was_asked_meanwhile():
    stage = asked()
    stage.caller_asks("yes")
    committing = stage.packages[-1].delegation_id
    stage.caller_asks("where is my order")
    stage.report(committing, Commentary(text="done it comes on monday"))
    stage.report(committing, WorkDone(outcome="ok"))
    stage.run(6000)

    assert any(said.endswith("done it comes on monday") for said in stage.said)


def test_a_change_of_which_nothing_is_heard_is_told_as_unknown():
    stage = asked()
    stage.caller_asks("yes")
    stage.run(30_000)

    assert stage.profile.changes.unknown in stage.said
    assert stage.profile.unreachable not in stage.said


def test_a_no_starts_nothing():
    stage = asked()
    stage.caller_asks("no")
    stage.run(1000)

    assert [(event.proposal_id, event.reason) for event in stage.noted(EffectDeclined)] == [("prop_1", "declined")]
    assert len(stage.packages) == 1
    assert stage.said[-1] == "then not"


def test_other_work_leaves_it_and_confirms_nothing():
    stage = asked()
    stage.caller_asks("another order")

    assert [event.reason for event in stage.noted(EffectDeclined)] == ["superseded"]
    assert stage.packages[-1].confirms is None


def test_a_caller_who_hangs_up_on_the_question_has_not_said_yes():
    stage = asked()
    stage.leave()

    assert [event.reason for event in stage.noted(EffectDeclined)] == ["call_over"]


def test_a_yes_is_to_one_proposal_once():
    stage = asked()
    stage.caller_asks("yes")
    stage.run(1000)
    stage.caller_asks("where is my order")

    assert [package.confirms for package in stage.packages] == [None, "prop_1", None]


def test_a_proposal_of_superseded_work_is_never_read_back():
    stage = talking()
    stage.caller_asks("where is my order")
    old = stage.packages[-1].delegation_id
    stage.caller_asks("another order")
    stage.report(old, _PROPOSED)
    stage.run(2000)

    assert stage.noted(EffectProposed) == []
