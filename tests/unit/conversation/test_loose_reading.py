"""What is meant by words that are no phrase: around a value, instead of a phrase, misheard or taken back."""

from datetime import date

import pytest

from voiceagent.config.profile_file import shipped_profile
from voiceagent.conversation.understanding import Meaning, understand

_TUESDAY = date(2026, 11, 24)
_ORDERS, _CLINIC, _BANK = shipped_profile("orders"), shipped_profile("clinic"), shipped_profile("bank")


def _slots(meaning: Meaning | None) -> dict[str, str]:
    return dict(meaning.slots) if meaning is not None else {}


def _clinic(said: str, asked: str) -> dict[str, str]:
    return _slots(understand(said, _CLINIC, asked, today=_TUESDAY, among=("day", "time")))


@pytest.mark.parametrize(
    ("said", "asked", "slots"),
    [
        ("the third no the fourth", "day", {"day": "2026-12-04"}),
        ("the third of march no the fourth", "day", {"day": "2027-03-04"}),
        ("march the third um sorry i mean the fourth", "day", {"day": "2027-03-04"}),
        ("i may come on the third no the fourth", "day", {"day": "2026-12-04"}),  # "may" is no month here
        ("the third of march no friday", "day", {"day": "2026-11-27"}),
        ("the third of march no the fourth of april", "day", {"day": "2027-04-04"}),
        ("for tuesday i mean thursday", "day", {"day": "2026-11-26"}),
        ("not monday but wednesday", "day", {"day": "2026-11-25"}),
        ("well i could do friday or no let me see monday", "day", {"day": "2026-11-30"}),
        ("on monday at ten no eleven", "day", {"day": "2026-11-30", "time": "11:00"}),
        ("january the seconds", "day", {"day": "2027-01-02"}),
        ("january is second", "day", {"day": "2027-01-02"}),
        ("the twenty fifth and december", "day", {"day": "2026-12-25"}),
        ("a quarter to free", "time", {"time": "14:45"}),
        ("half past nine in the mourning", "time", {"time": "09:30"}),
        ("at two p m if that's all right with you", "time", {"time": "14:00"}),
        ("on friday i am in a bit of a hurry", "day", {"day": "2026-11-27"}),
    ],
)
def test_days_and_times_are_found_among_other_words_and_the_last_one_counts(said, asked, slots):
    assert _clinic(said, asked) == slots


def test_a_day_that_contradicts_itself_is_asked_for_again():
    assert _clinic("i think tuesday the twenty sixth", "day") == {}


def test_without_a_today_no_day_is_understood():
    assert understand("on friday", _CLINIC, "day") is None


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("it ends in for two won ate", "4218"),
        ("four two the one seven", "4217"),
        ("four one two two sorry four one three one", "4131"),
        ("eight two six two um no make that four one of nine floor", None),  # taken back, and by what is not clear
        ("not that one it's nine oh two seven", "9027"),
        ("double four one three i hope that works", "4413"),
        ("four one two", None),
        ("four one two five seven", None),  # a part of a longer number is another number
    ],
)
def test_four_figures_are_heard_whatever_is_around_them(said, digits):
    meaning = understand(said, _BANK, "card_digits")

    assert _slots(meaning).get("card_digits") == digits


def test_for_is_a_figure_only_where_the_number_wants_one():
    slots = [
        _slots(understand(said, _ORDERS))
        for said in (
            "could you check the order for four two one seven for me",
            "could you check order for two one seven",
        )
    ]

    assert slots == [{"order_number": "4217"}, {"order_number": "4217"}]


@pytest.mark.parametrize(
    ("profile", "said", "intent"),
    [
        (_ORDERS, "oh hi i was wondering where my parcel has got to", "order_status"),
        (_ORDERS, "i would like to reschedule a delivery if that's possible", "change_delivery"),
        (_ORDERS, "can you track my parcels", "order_status"),
        (_CLINIC, "could you shift that appointment for me", "move_appointment"),
        (_CLINIC, "i'd like to speak to somebody at the reception", "talk_to_person"),
        (_BANK, "somebody nicked my debit card from my purse it was stolen", "block_card"),
        (_BANK, "block the car please i mean my card", "block_card"),
        (_BANK, "and how long until the new card comes", "new_card"),
    ],
)
def test_a_wish_in_other_words_is_the_likeliest_intent(profile, said, intent):
    meaning = understand(said, profile, today=_TUESDAY)

    assert meaning is not None
    assert meaning.intent == intent


@pytest.mark.parametrize(
    "said",
    ["the weather is lovely", "i was on holiday in spain", "could you please do that for me", "what", "a the and"],
)
def test_words_that_tell_nothing_mean_nothing(said):
    assert all(understand(said, profile, today=_TUESDAY) is None for profile in (_ORDERS, _CLINIC, _BANK))


def test_what_was_asked_for_is_the_answer_whatever_is_said_around_it():
    meaning = understand("my order was so late that saturday would be better", _ORDERS, "delivery_day")

    assert meaning == Meaning(slots={"delivery_day": "on Saturday"})


def test_word_for_word_only_nothing_is_guessed():
    assert understand("could you shift that appointment for me", _CLINIC, today=_TUESDAY, exact=True) is None


# Each word looked at once for every other would end at the limit that every test has
@pytest.mark.parametrize("word", ["for", "free", "tuesday", "appointment", "double", "january"])
def test_endless_words_hold_nobody_up(word):
    understand(" ".join([word] * 20_000), _CLINIC, "day", today=_TUESDAY)


@pytest.mark.parametrize(
    "said",
    [
        "hang on a second",
        "hang on a second please",
        "give me a second",
        "first i need to check",
        "on second thoughts",
        "second thoughts",
        "could you hold on one moment",
        "one moment",
        "that one",
        "the other one",
    ],
)
@pytest.mark.parametrize("month", ["", "january"])
def test_a_second_and_the_other_one_are_no_days_and_no_times(said, month):
    for asked in ("", "day", "time"):
        meaning = understand(said, _CLINIC, asked, today=_TUESDAY, among=("day", "time"), month=month)

        assert _slots(meaning) == {}


@pytest.mark.parametrize(
    "said",
    [
        "the thirty first of november",
        "maybe on the thirty first of november",
        "february thirtieth",
        "friday the first of december",
        "i could come on friday the first of december",
        "tuesday twelfth of march",
    ],
)
def test_a_day_that_there_is_not_is_no_other_day(said):
    assert _clinic(said, "day") == {}


@pytest.mark.parametrize(
    "said",
    [
        "don't block my card 4413",
        "please do not block my card",
        "my card was not stolen",
        "i don't want my card blocked",
    ],
)
def test_a_wish_that_is_denied_is_none(said):
    assert understand(said, _BANK) is None


@pytest.mark.parametrize(
    ("said", "intent"),
    [("i can't find my card anywhere", "block_card"), ("sorry i don't know where my parcel is now", "order_status")],
)
def test_what_is_amiss_is_a_wish_all_the_same(said, intent):
    profile = _BANK if intent == "block_card" else _ORDERS
    meaning = understand(said, profile)

    assert meaning is not None
    assert meaning.intent == intent


@pytest.mark.parametrize(
    "said", ["i can't do friday", "i really can't do it on friday", "any day but friday", "any other day except friday"]
)
def test_a_day_that_does_not_suit_is_not_the_one(said):
    assert _clinic(said, "day") == {}


@pytest.mark.parametrize("said", ["i can't do friday at ten but monday", "no not friday monday"])
def test_a_day_after_one_that_does_not_suit_is_the_one(said):
    assert _clinic(said, "day") == {"day": "2026-11-30"}


@pytest.mark.parametrize("said", ["i'm free on monday", "on monday i am free"])
def test_what_sounds_like_a_number_is_no_time_alone(said):
    assert _clinic(said, "day") == {"day": "2026-11-30"}


@pytest.mark.parametrize("front", ["", "um " * 70])
def test_a_day_taken_back_for_what_can_not_be_read_is_none(front):
    said = f"{front}december the fifth no seven"

    assert _clinic(said, "day") == {}
    assert _slots(understand(said, _CLINIC, "day", today=_TUESDAY, among=("day",))) == {}
