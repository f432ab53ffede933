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


@pytest.mark.parametrize(
    "text", ["yes", "yes please", "yes that's right", "um yeah sure", "yes exactly", "yeah go ahead"]
)
def test_a_yes_confirms_what_was_read_back(responder, text):
    reply = responder.commit(text, asked=_READ_BACK)

    assert reply.work == replace(_REQUEST, confirms=True)
    assert not reply.declines


@pytest.mark.parametrize(
    "text", ["that's right", "that's correct", "please do", "do it", "go ahead", "absolutely", "sure"]
)
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


def _clinic_read_back(day: str, time: str) -> tuple[ProfileResponder, WorkRequest]:
    responder = ProfileResponder(shipped_profile("clinic"), date(2026, 11, 24))
    request = WorkRequest(intent="move_appointment", slots={"day": day, "time": time})
    responder.read_back(request, "Shall I?")
    return responder, request


@pytest.mark.parametrize(
    ("day", "time", "said"),
    [
        ("2026-12-07", "10:00", "yes monday"),
        ("2026-12-07", "10:00", "yes on monday"),
        ("2026-12-07", "10:00", "yes the seventh"),
        ("2026-12-07", "10:00", "yes on monday at ten"),
        ("2026-12-07", "10:00", "yes monday the seventh at ten in the morning"),
        ("2026-12-07", "20:00", "yes eight"),
        ("2026-12-07", "20:00", "yes at eight o'clock"),
        ("2026-12-07", "20:30", "yes half past eight"),
        ("2027-12-07", "10:00", "yes the seventh of december"),
        ("2026-12-07", "20:15", "yes a quarter past eight"),
    ],
)
def test_a_yes_with_the_day_or_the_hour_in_short_is_a_yes(day, time, said):
    responder, request = _clinic_read_back(day, time)

    assert responder.commit(said, asked="Shall I?").work == replace(request, confirms=True)


@pytest.mark.parametrize("said", ["yes on tuesday at ten", "yes on monday at eleven", "yes at eleven on monday"])
def test_a_yes_with_two_values_of_which_one_is_another_is_no_yes(said):
    responder, _ = _clinic_read_back("2026-12-07", "10:00")
    work = responder.commit(said, asked="Shall I?").work

    assert work is None or not work.confirms


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        ("no next monday", {"day": "2026-11-30"}),
        ("no the eighth of december", {"day": "2027-12-08"}),
        ("no at eight in the morning", {"time": "08:00"}),
        ("no at nine", {"time": "21:00"}),
        ("no the seventh of december twenty twenty six", {"day": "2026-12-07"}),
    ],
)
def test_another_day_or_hour_is_of_the_year_and_the_evening_that_were_read_back(said, changed):
    responder, request = _clinic_read_back("2027-12-07", "20:00")

    work = responder.commit(said, asked="Shall I?").work
    assert work == replace(request, slots={**request.slots, **changed})


def test_an_hour_in_place_of_one_by_day_is_of_working_hours():
    responder, request = _clinic_read_back("2026-12-07", "15:00")

    work = responder.commit("no at ten", asked="Shall I?").work
    assert work == replace(request, slots={**request.slots, "time": "10:00"})


@pytest.mark.parametrize(
    ("intent", "profile", "slots", "said"),
    [
        ("move_appointment", "clinic", {"day": "2026-12-07", "time": "10:00"}, "yes ten is too early"),
        ("move_appointment", "clinic", {"day": "2026-12-07", "time": "10:00"}, "yes i can't do ten"),
        ("move_appointment", "clinic", {"day": "2026-12-07", "time": "10:00"}, "yes on monday but at ten it is hard"),
        ("block_card", "bank", {"card_digits": "4413"}, "yes 4413 was found again"),
        ("block_card", "bank", {"card_digits": "4413"}, "yes four four one three was found again"),
        ("change_delivery", "orders", _REQUEST.slots, "yes order 4217 isn't mine"),
        ("change_delivery", "orders", _REQUEST.slots, "yes order four two one seven isn't mine"),
    ],
)
def test_a_yes_that_tells_more_than_the_same_value_is_no_consent(intent, profile, slots, said):
    responder = ProfileResponder(shipped_profile(profile), date(2026, 11, 24))
    responder.read_back(WorkRequest(intent=intent, slots=slots), "Shall I?")
    work = responder.commit(said, asked="Shall I?").work

    assert work is None or not work.confirms


@pytest.mark.parametrize("said", ["hang on a second", "give me a second please"])
def test_a_moment_to_think_is_no_other_day(said):
    responder, _ = _clinic_read_back("2027-01-04", "10:00")
    reply = responder.commit(said, asked="Shall I?")

    assert (reply.work, reply.say) == (None, "Shall I?")
