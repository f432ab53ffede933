"""What a model wrote is spoken when it could be true, and as plain words."""

import pytest
from hypothesis import given, strategies as st

from voiceagent.background.language_model.english import is_english
from voiceagent.background.language_model.spoken_answer import (
    MAX_SPOKEN,
    Fault,
    Sources,
    figures,
    plain,
    short_values,
    spoken_answer,
)

_SOURCES = Sources(
    profile=("Our hotline is 0800 123456, our page is parcels.example.",),
    call=("where is order four eight two one",),
    results=("on its way", "refunded", "Swift", "120.50", "2026-11-24"),
)


@pytest.mark.parametrize(
    "text",
    [
        "Your order is on its way with Swift.",
        "Order 4821 is on its way.",
        "Order four eight two one is on its way, it comes in two to three days.",
        "Order 4 8 2 1 was refunded.",
        "It is worth 120.50 euros and comes on the 24th of November 2026.",
        "Call 0800 123456, or look at parcels.example.",
        "I have not changed anything.",
        "I looked, but I could not change anything, and nothing was cancelled.",
        "Your order is on its way, so nothing has been changed.",
        "I am sorry, I can not cancel that, but a person can.",
        "Thank you, shall I ask for another day?",
        "Shall I ask for another day?",
        "I can not find that, please say the number again.",
        "I see that it is on its way.",
        "I can see that it was refunded.",
        "You will get a text message from the driver.",
    ],
)
def test_what_could_be_true_is_spoken(text):
    assert spoken_answer(text, _SOURCES) == text


@pytest.mark.parametrize(
    "text",
    [
        "Done.",
        "Okay, done!",
        "All set.",
        "I have cancelled your order.",
        "I've moved it to Monday.",
        "I see that your parcel was destroyed, so I refunded it.",
        "I just went ahead and rebooked it.",
        "We are processing your refund now.",
        "I will transfer the money right away.",
        "I'll cancel it for you.",
        "Your delivery has been rescheduled.",
        "Your card is now blocked.",
        "Your account was closed.",
        "It's taken care of.",
        "Consider it done.",
        "Everything is settled.",
        "The change went through.",
        "Your address was successfully changed.",
        "Good news, it is all sorted.",
        "The order is on its way. I have cancelled it.",
        "Is there anything else? Your voucher was issued.",
        "Don't worry, I have cancelled your order.",
        "No problem, I've cancelled your order, so you don't need to do anything.",
        "I have refunded you and you will not be charged.",
        "I have cancelled your order, okay?",
        "I found your order and refunded it.",
        "I understand. I've cancelled your order.",
    ],
)
def test_a_claim_of_a_change_is_not(text):
    assert spoken_answer(text, _SOURCES) is Fault.CLAIMS


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault.EMPTY),
        (" \u200b**\n", Fault.EMPTY),
        ("Call 0900 555 777.", Fault.NUMBER),
        ("Call oh nine double oh, five five five.", Fault.NUMBER),
        ("Call 09-00/55-57.", Fault.NUMBER),
        ("The code is 55. Then 50. Then 10. Then 22.", Fault.NUMBER),
        ("It costs 99999 euros.", Fault.NUMBER),
        ("Look at www.evil.example.", Fault.ADDRESS),
        ("Look at evil.example for more.", Fault.ADDRESS),
        ("Write to help@evil.example.", Fault.ADDRESS),
        ("Look at cels.example.", Fault.ADDRESS),
        ("Write to s@parcels.example.", Fault.ADDRESS),
        ("Go to parcel minus help dot com.", Fault.ADDRESS),
        ("Please tell me your PIN.", Fault.SECRET),
        ("What is your card number?", Fault.SECRET),
        ("Read me the one-time code.", Fault.SECRET),
        ("Please read me the code that you've just received.", Fault.SECRET),
        ("What is the code we sent you?", Fault.SECRET),
        ("Ich habe den Auftrag storniert.", Fault.LANGUAGE),
        ("Das Geld ist in so kurzer Zeit da, wie es war.", Fault.LANGUAGE),
        ("Your order is on its way. Le remboursement est fait.", Fault.LANGUAGE),
        ("我 已经 退款 给 您", Fault.LANGUAGE),
    ],
)
def test_what_nobody_gave_is_not(text, fault):
    assert spoken_answer(text, _SOURCES) is fault


@pytest.mark.parametrize(
    "text", ["Unterwegs mit Swift Express.", "Delivered yesterday.", "Parcel 4821: delivered, Monday."]
)
def test_words_of_the_call_and_short_answers_are_of_any_language(text):
    sources = Sources(call=("unterwegs mit",), results=("Swift Express", "4821", "delivered", "parcel", "monday"))

    assert spoken_answer(text, sources) == text


@pytest.mark.parametrize(
    ("sentence", "english"),
    [
        ("We deliver on Saturday.", True),
        ("We ship on weekdays.", True),
        ("No refund was made for me.", True),
        ("Das war so in Bonn.", False),
        ("We is in Gent.", False),  # each of them Dutch as well
        ("Un remboursement est en cours.", False),
    ],
)
def test_words_that_a_neighbour_has_too_are_english_when_no_neighbour_has_them_all(sentence, english):
    assert is_english(sentence, frozenset()) is english


def test_a_profile_that_speaks_another_language_may_do_so():
    assert spoken_answer("Die Sendung kommt morgen.", Sources(language="de")) == "Die Sendung kommt morgen."


def test_figures_count_from_fields_of_a_result_and_not_from_its_texts():
    result = {
        "amount": 1250,
        "order": {"number": "777888"},
        "note": "x" * 40 + " please call 0900 555 777 today",
        "ok": None,
    }

    values = tuple(short_values([result]))

    assert values == ("1250", "777888")
    assert spoken_answer("It is 1250 for 777888.", Sources(results=values)) == "It is 1250 for 777888."
    assert spoken_answer("Call 0900 555 777.", Sources(results=values)) is Fault.NUMBER


def test_markup_pictures_and_controls_are_no_words():
    assert plain("## **Order** `4821`\n- on its\u202e way \U0001f69a <b>now</b>") == "Order 4821 - on its way bnow/b"


def test_long_answers_end_with_a_whole_sentence():
    cut = plain("This is a sentence. " * 100)

    assert cut.endswith("This is a sentence.")
    assert len(cut) <= MAX_SPOKEN


def test_numbers_are_found_however_they_are_written():
    text = "order 48-20, or two hundred. It is 1.250,00 and four eight two one"

    assert figures(text) == ("4820", "200", "125000", "4821")


@given(st.text())
def test_whatever_is_written_gives_words_of_limited_length_or_a_fault(text):
    said = spoken_answer(text, _SOURCES)

    assert isinstance(said, Fault) or (0 < len(said) <= MAX_SPOKEN and said.isprintable())


@given(st.from_regex(r"[1-9][0-9]{2,14}", fullmatch=True))
def test_no_number_is_spoken_that_nobody_gave(number):
    known = "".join(figures(" ".join([*_SOURCES.profile, *_SOURCES.call, *_SOURCES.results])))

    assert number in known or spoken_answer(f"It is {number} then.", _SOURCES) is Fault.NUMBER
