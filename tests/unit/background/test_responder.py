from itertools import pairwise

import pytest

from voiceagent.background.responder import ProfileResponder
from voiceagent.config.profile_file import default_profile
from voiceagent.conversation.profile import Then
from voiceagent.conversation.reply import WorkRequest
from voiceagent.conversation.speech_plan import UtteranceKind

_PROFILE = default_profile()
_ASK = _PROFILE.slots["order_number"].ask


@pytest.fixture
def responder() -> ProfileResponder:
    return ProfileResponder(_PROFILE)


def test_a_missing_value_is_asked_for_and_then_the_work_is_delegated(responder):
    question = responder.commit("where is my order", asked="")
    answer = responder.commit("four eight two one", asked="")

    assert question.say == _ASK
    assert answer.work == WorkRequest(intent="order_status", slots={"order_number": "4821"})
    assert answer.say == ""


def test_everything_at_once_is_delegated_at_once(responder):
    assert responder.commit("check on order double five oh one", asked="").work == WorkRequest(
        intent="order_status", slots={"order_number": "5501"}
    )


def test_a_corrected_number_is_the_last_one(responder):
    responder.commit("where is my order", asked="")
    work = responder.commit("four eight two one no wait four eight two two", asked="").work

    assert work is not None
    assert work.slots == {"order_number": "4822"}


def test_proposing_changes_nothing(responder):
    before = responder.hints()
    first = responder.propose("where is my order", asked="")
    second = responder.propose("where is my order", asked="")

    assert first == second
    assert responder.hints() == before


def test_a_question_narrows_what_may_be_said_and_an_answer_opens_it_again(responder):
    opened = responder.hints()
    responder.commit("where is my order", asked="")
    narrowed = responder.hints()
    responder.commit("four eight two one", asked="")

    assert narrowed.name != opened.name
    assert len(narrowed.grammar) < len(opened.grammar)
    assert responder.hints() == opened


def test_leaving_is_possible_while_a_question_is_open(responder):
    responder.commit("where is my order", asked="")
    goodbye = responder.commit("goodbye", asked="")

    assert goodbye.then is Then.HANG_UP
    assert goodbye.kind is UtteranceKind.GOODBYE


def test_no_to_a_question_that_was_heard_ends_the_call(responder):
    assert responder.commit("no", asked="Anything else?").then is Then.HANG_UP


def test_no_to_nothing_ends_no_call(responder):
    assert responder.commit("no", asked="").then is Then.STAY


def test_the_same_fallback_never_comes_twice_in_a_row(responder):
    said = [responder.commit("", asked="") for _ in range(7)]

    assert all(not reply.understood for reply in said)
    assert all(one.say != two.say for one, two in pairwise(said))


def test_a_result_is_carried_by_a_result_utterance(responder):
    reply = responder.weave("order_status", "Order 4 8 2 1 is on its way.")

    assert reply.kind is UtteranceKind.RESULT
    assert reply.say == "Order 4 8 2 1 is on its way."


def test_a_number_given_after_a_fruitless_search_searches_again(responder):
    responder.commit("check on order four eight two one", asked="")
    responder.weave("order_status", "I can not find that order.")

    assert responder.commit("my order number is four eight two two", asked="").work == WorkRequest(
        intent="order_status", slots={"order_number": "4822"}
    )


@pytest.mark.parametrize(
    "phrase", [phrase for intent in _PROFILE.intents for phrase in intent.phrases if "{" not in phrase]
)
def test_every_phrase_of_the_profile_reaches_its_intent(phrase):
    owner = next(intent for intent in _PROFILE.intents if phrase in intent.phrases)
    said = phrase.replace("[", "").replace("]", "")

    assert ProfileResponder(_PROFILE).commit(said, asked="").intent == owner.name


@pytest.mark.parametrize("said", ["my order number is four two one seven", "the number is four two one seven"])
def test_the_number_that_was_asked_for_belongs_to_the_wish_in_whatever_frame(responder, said):
    responder.commit("change my delivery to saturday", asked="")

    assert responder.commit(said, asked="").work == WorkRequest(
        intent="change_delivery", slots={"order_number": "4217", "delivery_day": "on Saturday"}
    )
