"""The whole responder of a call on the shipped profiles: time is given, and what was asked stays open."""

from dataclasses import replace
from datetime import date

import pytest

from voiceagent.background.callback_responder import CallbackResponder
from voiceagent.background.patient_responder import PatientResponder
from voiceagent.background.responder import ProfileResponder
from voiceagent.config.profile_file import default_profile, shipped_profile
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.reply import WorkRequest

_PROFILE = default_profile()
_MOVE = WorkRequest(intent="change_delivery", slots={"order_number": "4217", "delivery_day": "on Monday"})


def responding(profile: AgentProfile = _PROFILE, caller: str = "+12025550101") -> PatientResponder:
    inner = ProfileResponder(profile, date(2026, 11, 24))
    return PatientResponder(CallbackResponder(inner, profile, caller), profile)


@pytest.mark.parametrize("name", ["orders", "clinic", "bank"])
def test_every_profile_gives_time_without_a_phrase_for_it(name):
    reply = responding(shipped_profile(name)).commit("give me two minutes please", asked="")

    assert (reply.say, reply.gives_s, reply.work) == ("Take your time.", 120.0, None)


def test_a_value_that_was_asked_for_may_come_after_it():
    responder = responding()
    responder.commit("where is my order", asked="")
    hints = responder.hints()
    responder.commit("just a second", asked="")

    assert responder.hints() == hints
    assert responder.commit("four eight two one", asked="").work == WorkRequest(
        intent="order_status", slots={"order_number": "4821"}
    )


@pytest.mark.parametrize("words", ["hold on", "yes one moment", "give me a second please", "hang on a second"])
def test_at_a_read_back_it_is_neither_yes_nor_no(words):
    responder = responding()
    responder.read_back(_MOVE, "Shall I?")
    reply = responder.commit(words, asked="Shall I?")
    work = responder.commit("yes", asked="Shall I?").work

    assert (reply.say, reply.work, reply.declines) == ("Take your time.", None, False)
    assert work is not None
    assert work.confirms


def test_an_offer_to_call_back_stands_after_it():
    responder = responding()
    offer = responder.offer_callback("unreached").say
    responder.commit("hold on", asked=offer)
    agreed = responder.commit("yes", asked=offer).callback

    assert agreed is not None
    assert agreed.number == "+12025550101"


def test_what_asks_for_time_and_for_more_is_that_wish():
    reply = responding().commit("hold on check on order four eight two one", asked="")

    assert reply.gives_s == 0
    assert reply.intent == "order_status"


def test_words_that_the_author_has_an_answer_for_are_the_authors():
    phrases = ("give me a minute", "call me back if the line drops")
    own = replace(_PROFILE.intents[2], name="own", phrases=phrases, say="Certainly not.")
    responder = responding(replace(_PROFILE, intents=(*_PROFILE.intents, own)))

    assert [responder.commit(words, asked="").say for words in phrases] == ["Certainly not."] * 2
    assert responder.if_lost == ""


def test_who_asks_for_time_may_go_on_speaking():
    responder = responding()

    assert not responder.complete("hold on", asked="Shall I?")
    assert responder.complete("goodbye", asked="")


def test_proposing_changes_nothing():
    responder = responding()
    responder.propose("call me back if i'm silent", asked="")

    assert responder.if_lost == ""


def test_a_call_back_is_promised_with_the_number_digit_by_digit_and_the_question_stays_open():
    responder = responding()
    responder.commit("where is my order", asked="")
    reply = responder.commit("if we get cut off call me back", asked="")

    assert reply.say == "I will. If we lose each other, a colleague calls you back on plus 1 2 0 2 5 5 5 0 1 0 1."
    assert responder.if_lost == "+12025550101"
    assert responder.commit("four eight two one", asked="").work is not None


def test_a_number_that_was_given_for_it_is_promised_again():
    responder = responding(caller="")
    which = responder.commit("call me back if i'm silent", asked="").say
    check = responder.commit("oh three oh four four", asked=which).say
    responder.commit("yes", asked=check)
    again = responder.commit("call me back if the line drops", asked="")

    assert responder.if_lost == "03044"
    assert "0 3 0 4 4" in again.say


def test_who_leaves_the_question_for_a_number_is_promised_nothing():
    responder = responding(caller="")
    responder.commit("call me back if i'm silent", asked="")
    responder.commit("what are your opening hours", asked="")

    assert not responder.offering
    assert responder.if_lost == ""


def test_a_callback_that_is_wanted_anyway_is_not_promised_away():
    responder = responding(caller="")
    responder.commit("call me back if i'm silent", asked="")
    responder.commit("what are your opening hours", asked="")
    responder.offer_callback("closed")
    check = responder.commit("oh three oh four four", asked="").say
    agreed = responder.commit("yes", asked=check).callback

    assert agreed is not None
    assert (agreed.number, agreed.reason) == ("03044", "closed")
    assert responder.if_lost == ""
