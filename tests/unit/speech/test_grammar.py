from dataclasses import replace
from functools import cache

import pytest

from voiceagent.config.profile_file import default_profile, shipped_profile
from voiceagent.conversation.hearing import Hints
from voiceagent.speech.grammar import callback_hints, confirm_hints, consent_hints, every_hints, open_hints, slot_hints
from voiceagent.speech.jsgf import parse_jsgf
from voiceagent.speech.word_network import WordNetwork, build_network

_PROFILE = default_profile()


@cache
def _network(hints: Hints) -> WordNetwork:
    return build_network(parse_jsgf(hints.grammar))


@pytest.fixture(scope="module")
def anything() -> WordNetwork:
    return _network(open_hints(_PROFILE))


@pytest.fixture(scope="module")
def number() -> WordNetwork:
    return _network(slot_hints(_PROFILE, _PROFILE.slots["order_number"], _PROFILE.intent("order_status")))


@pytest.mark.parametrize(
    "text",
    [
        "where is my order",
        "um where's my parcel please",
        "check on order four eight two one",
        "my order number is double five oh six one",
        "where is my order no wait talk to a person",
        "track order four eight two one no four eight two two",
        "no",
        "goodbye",
    ],
)
def test_what_the_profile_knows_may_be_said(anything, text):
    assert anything.accepts(text.split())


@pytest.mark.parametrize("text", ["where is", "my dog ate it", "check on order", "order four"])
def test_nothing_else_may_be_said(anything, text):
    assert not anything.accepts(text.split())


def test_a_question_narrows_the_grammar_to_its_answer_and_to_leaving(number):
    assert number.accepts(["four", "eight", "two", "one"])
    assert number.accepts(["it's", "four", "eight", "two", "one", "no", "wait", "four", "eight", "two", "two"])
    assert number.accepts(["the", "order", "number", "is", "four", "eight", "two", "one"])
    assert number.accepts(["goodbye"])
    assert not number.accepts(["what", "are", "your", "opening", "hours"])


def test_a_consent_answer_is_a_yes_or_a_no_of_the_profile():
    network = _network(consent_hints(_PROFILE))

    assert network.accepts(["yes", "please"])
    assert network.accepts(["um", "i'd", "rather", "not"])
    assert not network.accepts(["right"])
    assert not network.accepts(["where", "is", "my", "order"])


def test_the_name_tells_grammars_apart():
    names = {open_hints(_PROFILE).name, consent_hints(_PROFILE).name}
    names |= {slot_hints(_PROFILE, slot, _PROFILE.intents[0]).name for slot in _PROFILE.slots.values()}

    assert len(names) == 4
    assert open_hints(_PROFILE) == open_hints(default_profile())


def test_everything_that_a_call_can_listen_with_is_known_before_it() -> None:
    names = {hints.name for hints in every_hints(_PROFILE)}

    asked = slot_hints(_PROFILE, _PROFILE.slots["order_number"], _PROFILE.intent("order_status")).name
    assert names >= {consent_hints(_PROFILE).name, open_hints(_PROFILE).name, asked}


def test_a_number_to_call_may_be_said_with_its_country() -> None:
    network = _network(callback_hints(_PROFILE))

    assert network.accepts(["plus", "four", "nine", "three", "oh", "one", "two"])
    assert network.accepts(["yes", "it's", "plus", "four", "nine", "three", "oh", "one", "two"])


_ANSWERS = [
    open_hints(_PROFILE),
    slot_hints(_PROFILE, _PROFILE.slots["order_number"], _PROFILE.intent("order_status")),
    confirm_hints(_PROFILE, _PROFILE.intent("change_delivery")),
    callback_hints(_PROFILE),
]


@pytest.mark.parametrize("hints", _ANSWERS, ids=lambda hints: hints.name)
@pytest.mark.parametrize("text", ["hold on", "um give me two minutes please", "just a second", "half a minute"])
def test_who_needs_time_may_say_so_whatever_was_asked(hints, text):
    assert _network(hints).accepts(text.split())


@pytest.mark.parametrize("text", ["if we get cut off call me back", "please call me back if i'm silent"])
def test_who_wants_to_be_called_should_the_call_be_lost_may_say_so(anything, number, text):
    assert anything.accepts(text.split())
    assert number.accepts(text.split())


_NOBODY = replace(_PROFILE, intents=tuple(one for one in _PROFILE.intents if one.name != "talk_to_person"))
_PROMISES_NOTHING = replace(_PROFILE, callback=replace(_PROFILE.callback, if_silent=""))


@pytest.mark.parametrize("profile", [_NOBODY, _PROMISES_NOTHING], ids=["nobody to call", "promises nothing"])
def test_where_no_call_is_promised_no_wish_for_it_is_heard(profile):
    assert not _network(open_hints(profile)).accepts(["call", "me", "back", "if", "i'm", "silent"])


def test_an_offer_to_call_back_is_prepared_where_somebody_can_call():
    assert callback_hints(_PROFILE) in every_hints(_PROFILE)
    assert callback_hints(_NOBODY) not in every_hints(_NOBODY)


_CLINIC = shipped_profile("clinic")


def _slot(name: str) -> WordNetwork:
    return _network(slot_hints(_CLINIC, _CLINIC.slots[name], _CLINIC.intent("book_appointment")))


@pytest.mark.parametrize(
    ("slot", "text"),
    [
        ("day", "the twenty third of march"),
        ("day", "on next tuesday"),
        ("day", "thursday the third no the fourth"),
        ("day", "the day after tomorrow please"),
        ("day", "march third"),
        ("time", "half past three"),
        ("time", "three thirty p m"),
        ("time", "at nine oh five no wait quarter to ten"),
        ("doctor", "doctor keller"),
        ("doctor", "k e double l e r"),
    ],
)
def test_days_times_and_names_may_be_said_when_they_are_asked_for(slot, text):
    assert _slot(slot).accepts(text.split())


@pytest.mark.parametrize(
    ("slot", "text"), [("day", "the twenty"), ("day", "march"), ("time", "half past"), ("doctor", "doctor smith")]
)
def test_what_is_no_day_time_or_listed_name_is_not_heard_as_one(slot, text):
    assert not _slot(slot).accepts(text.split())


@pytest.mark.parametrize("text", ["move my appointment to friday at ten", "can i see doctor keller on monday at noon"])
def test_days_times_and_names_stand_in_phrases(text):
    assert _network(open_hints(_CLINIC)).accepts(text.split())
