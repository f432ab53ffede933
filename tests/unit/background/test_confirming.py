"""Only a yes to a read-back that was heard to its end confirms; anything else declines or asks again."""

from dataclasses import replace
from datetime import date

import pytest

from voiceagent.background.responder import ProfileResponder
from voiceagent.config.profile_file import default_profile, shipped_profile
from voiceagent.conversation.reply import WorkRequest
from voiceagent.speech.word_network import compiled

_PROFILE = default_profile()
_CHANGE = _PROFILE.intent("change_delivery")
_READ_BACK = "I will ask for order 4 2 1 7 to be delivered on Monday. Shall I do that?"
_REQUEST = WorkRequest(intent="change_delivery", slots={"order_number": "4217", "delivery_day": "on Monday"})


@pytest.fixture
def responder() -> ProfileResponder:
    responder = ProfileResponder(_PROFILE)
    responder.read_back(_REQUEST, _READ_BACK)
    return responder


@pytest.mark.parametrize("text", ["yes", "yes please", "yes that's right", "um yeah sure"])
def test_a_yes_confirms_what_was_read_back(responder, text):
    reply = responder.commit(text, asked=_READ_BACK)

    assert reply.work == replace(_REQUEST, confirms=True)
    assert not reply.declines


@pytest.mark.parametrize("text", ["that's right", "that's correct", "please do", "do it", "absolutely", "sure"])
def test_a_yes_that_a_lost_not_may_have_left_is_heard_twice(responder, text):
    first = responder.commit(text, asked=_READ_BACK)

    assert (first.work, first.say, first.declines) == (None, _READ_BACK, False)
    assert responder.commit(text, asked=_READ_BACK).work == replace(_REQUEST, confirms=True)


def test_an_unsure_yes_counts_once_when_something_else_was_said_in_between(responder):
    responder.commit("that's right", asked=_READ_BACK)
    responder.commit("who is this", asked=_READ_BACK)

    assert responder.commit("that's right", asked=_READ_BACK).work is None


def test_what_was_read_back_moves_to_another_value_in_whatever_words(responder):
    work = responder.commit("no hang on monday is no good can you deliver it tomorrow", asked=_READ_BACK).work

    assert work == WorkRequest(intent="change_delivery", slots={"order_number": "4217", "delivery_day": "tomorrow"})


def test_a_yes_before_the_read_back_was_heard_hears_it_again(responder):
    reply = responder.commit("yes", asked="")

    assert (reply.work, reply.say) == (None, _READ_BACK)
    assert responder.commit("yes", asked=_READ_BACK).work is not None


def test_a_yes_to_another_question_hears_the_read_back_again(responder):
    reply = responder.commit("yes", asked="Are you still there?")

    assert (reply.work, reply.say) == (None, _READ_BACK)


@pytest.mark.parametrize(
    "text",
    [
        "no it's okay",
        "no that's okay",
        "no okay",
        "no sure",
        "no right",
        "no yes",
        "rather sure",
        "sorry okay",
        "what no yep",
        "okay",
        "right",
        "hello right",
        "yes no",
        "sure no",
        "not right",
        "that's not right",
        "yes but",
        "mm hm",
    ],
)
def test_what_only_sounds_like_a_yes_confirms_nothing(responder, text):
    assert responder.commit(text, asked=_READ_BACK).work is None


def test_a_yes_with_the_same_value_is_a_yes(responder):
    assert responder.commit("yes on monday", asked=_READ_BACK).work == replace(_REQUEST, confirms=True)


def test_a_yes_with_another_value_is_another_proposal(responder):
    work = responder.commit("yes but on saturday", asked=_READ_BACK).work

    assert work is None or not work.confirms


def test_words_before_the_read_back_change_nothing(responder):
    assert responder.commit("yes", asked=f"About what you asked before: {_READ_BACK}").work is not None


@pytest.mark.parametrize("text", ["no", "nope", "no that's wrong", "no thanks", "no thank you"])
def test_a_no_declines(responder, text):
    reply = responder.commit(text, asked=_READ_BACK)

    assert (reply.work, reply.say, reply.declines) == (None, _CHANGE.declined, True)
    assert responder.commit("yes", asked=_READ_BACK).work is None  # nothing is open any more


def test_another_value_is_another_proposal(responder):
    reply = responder.commit("no saturday", asked=_READ_BACK)

    assert reply.declines
    assert reply.work == WorkRequest(
        intent="change_delivery", slots={"order_number": "4217", "delivery_day": "on Saturday"}
    )


def test_another_number_is_another_proposal(responder):
    reply = responder.commit("no three three zero eight", asked=_READ_BACK)

    assert reply.declines
    assert reply.work is not None
    assert reply.work.slots["order_number"] == "3308"


def test_what_was_talked_about_last_is_meant_where_it_is_read_back():
    responder = ProfileResponder(_PROFILE)
    responder.commit("where is my order four two one seven", asked="")
    reply = responder.commit("deliver it on saturday instead", asked="")

    assert reply.work == WorkRequest(
        intent="change_delivery", slots={"order_number": "4217", "delivery_day": "on Saturday"}
    )


def test_another_wish_leaves_it(responder):
    reply = responder.commit("goodbye", asked=_READ_BACK)

    assert reply.declines
    assert reply.work is None


def test_what_is_no_answer_is_asked_again_and_then_taken_for_a_no(responder):
    replies = [responder.commit("", asked=_READ_BACK) for _ in range(3)]

    assert [reply.say for reply in replies] == [_READ_BACK, _READ_BACK, _CHANGE.declined]
    assert [reply.declines for reply in replies] == [False, False, True]


def test_a_murmur_is_no_yes(responder):
    assert responder.commit("mm-hm", asked=_READ_BACK).work is None


def test_a_yes_while_nothing_was_read_back_confirms_nothing():
    assert ProfileResponder(_PROFILE).commit("yes", asked=_READ_BACK).work is None


def test_the_grammar_holds_yes_no_other_values_and_what_people_say_instead(responder):
    network = compiled(responder.hints().grammar)

    for text in (
        "yes",
        "no",
        "no saturday",
        "on saturday",
        "four two one eight",
        "what do you mean",
        "goodbye",
        "mm hm",
    ):
        assert network.accepts(text.split()), text
    for text in ("hello right", "hey yes", "no it's okay"):
        assert not network.accepts(text.split()), text


@pytest.mark.parametrize(
    ("said", "day"),
    [("no the fifth", "2027-03-05"), ("no the fifth of april", "2027-04-05"), ("no friday", "2026-11-27")],
)
def test_another_day_at_the_read_back_is_of_the_month_that_was_read(said, day):
    responder = ProfileResponder(shipped_profile("clinic"), date(2026, 11, 24))
    slots = {"day": "2027-03-04", "time": "15:30"}
    responder.read_back(WorkRequest(intent="move_appointment", slots=slots), "Shall I?")

    assert responder.commit(said, asked="Shall I?").work == WorkRequest(
        intent="move_appointment", slots={"day": day, "time": "15:30"}
    )
