"""Only a yes to a read-back that was heard to its end confirms; anything else declines or asks again."""

from dataclasses import replace

import pytest

from voiceagent.background.responder import ProfileResponder
from voiceagent.config.profile_file import default_profile
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.reply import WorkRequest
from voiceagent.speech.word_network import compiled

_READ_BACK = "I will ask for a delivery on monday. Is that right?"
_REQUEST = WorkRequest(intent="change_delivery", slots={"delivery_day": "monday"})


def profile() -> AgentProfile:
    usual = default_profile()
    change = replace(
        usual.intent("change_delivery"),
        tool="crm.move_delivery",
        say="Done.",
        not_found="No.",
        confirm="{delivery_day}?",
        declined="Then I leave it.",
    )
    others = tuple(intent for intent in usual.intents if intent.name != change.name)
    return replace(usual, intents=(change, *others))


@pytest.fixture
def responder() -> ProfileResponder:
    responder = ProfileResponder(profile())
    responder.read_back(_REQUEST, _READ_BACK)
    return responder


@pytest.mark.parametrize("text", ["yes", "yes please", "that's right", "um yeah sure"])
def test_a_yes_confirms_what_was_read_back(responder, text):
    reply = responder.commit(text, asked=True)

    assert reply.work == WorkRequest(intent="change_delivery", slots={"delivery_day": "monday"}, confirms=True)
    assert not reply.declines


def test_a_yes_before_the_read_back_was_heard_hears_it_again(responder):
    reply = responder.commit("yes", asked=False)

    assert (reply.work, reply.say) == (None, _READ_BACK)
    assert responder.commit("yes", asked=True).work is not None


@pytest.mark.parametrize("text", ["no", "nope", "no that's wrong"])
def test_a_no_declines(responder, text):
    reply = responder.commit(text, asked=True)

    assert (reply.work, reply.say, reply.declines) == (None, "Then I leave it.", True)
    assert responder.commit("yes", asked=True).work is None  # nothing is open any more


def test_another_value_is_another_proposal(responder):
    reply = responder.commit("no saturday", asked=True)

    assert reply.declines
    assert reply.work == WorkRequest(intent="change_delivery", slots={"delivery_day": "saturday"})


def test_another_wish_leaves_it(responder):
    reply = responder.commit("goodbye", asked=True)

    assert reply.declines
    assert reply.work is None


def test_what_is_no_answer_is_asked_again_and_then_taken_for_a_no(responder):
    replies = [responder.commit("", asked=True) for _ in range(3)]

    assert [reply.say for reply in replies] == [_READ_BACK, _READ_BACK, "Then I leave it."]
    assert [reply.declines for reply in replies] == [False, False, True]


def test_a_murmur_is_no_yes(responder):
    assert responder.commit("mm-hm", asked=True).work is None


def test_a_yes_while_nothing_was_read_back_confirms_nothing():
    assert ProfileResponder(profile()).commit("yes", asked=True).work is None


def test_the_grammar_holds_yes_no_other_values_and_what_people_say_instead(responder):
    network = compiled(responder.hints().grammar)

    for text in ("yes", "no", "no saturday", "on saturday", "what do you mean", "goodbye"):
        assert network.accepts(text.split()), text
    assert not network.accepts(["where", "is", "my", "order"])
