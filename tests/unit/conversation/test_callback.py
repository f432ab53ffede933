"""The offer to call back."""

import pytest
from hypothesis import given, strategies as st

from voiceagent.conversation.callback import Offer, Stage, answer, make_offer, spoken_number, unfinished
from voiceagent.conversation.profile import CallbackTexts

_TEXTS = CallbackTexts(offer="shall we call?", which="which number", check="{number} right?", agreed="we call {number}")


def after(*answers: str, caller: str = "+4930123", asked: str | None = None) -> Offer:
    """The offer after these answers, each to the question heard to its end (or `asked`)."""
    offer = make_offer(_TEXTS, caller)
    for text in answers:
        offer = answer(offer, _TEXTS, text, asked=offer.say if asked is None else asked)
    return offer


def test_a_yes_is_for_the_number_that_the_caller_calls_from_and_reads_it_back() -> None:
    assert after("yes please") == Offer(stage=Stage.AGREED, say="we call plus 4 9 3 0 1 2 3", number="+4930123")


@pytest.mark.parametrize("no", ["no", "nope", "no thanks", "not really"])
def test_a_no_is_a_no(no: str) -> None:
    assert after(no).stage is Stage.DECLINED


@pytest.mark.parametrize(
    "neither",
    [
        "sorry",
        "wait",
        "hold on",
        "i don't know",
        "sorry what was that",
        "actually yes",
        "no problem yes",
        "yes please but not before six",
        "not today tomorrow please",
    ],
)
def test_what_is_neither_a_yes_nor_a_no_turns_nobody_away(neither: str) -> None:
    assert after(neither).stage is Stage.OFFERED
    assert after(neither, "yes").stage is Stage.AGREED
    assert after("four one two two three", neither).stage is Stage.CHECKING


def test_a_number_that_is_said_with_its_country_keeps_the_plus() -> None:
    agreed = after("yes plus four nine three oh one two", "yes")

    assert after("plus four nine three oh one two").say == "plus 4 9 3 0 1 2 right?"
    assert (agreed.stage, agreed.number) == (Stage.AGREED, "+493012")
    assert after("a plus for me is oh three oh one two").number == "03012"


def test_a_yes_to_a_question_that_was_not_heard_agrees_to_nothing() -> None:
    assert after("yes", asked="").stage is Stage.OFFERED


def test_another_number_is_asked_for_and_checked_before_it_counts() -> None:
    assert after("on another number").say == "which number"
    checking = after("on another number", "oh four one double two three")
    assert (checking.stage, checking.say) == (Stage.CHECKING, "0 4 1 2 2 3 right?")
    agreed = after("on another number", "oh four one double two three", "yes")
    assert (agreed.stage, agreed.number) == (Stage.AGREED, "041223")


def test_a_number_may_be_said_at_once_and_again_in_place_of_a_yes() -> None:
    assert after("yes four one two two three").stage is Stage.CHECKING
    assert after("four one two two three", "four one two two three").number == "41223"


def test_a_number_that_was_heard_wrongly_is_asked_for_again() -> None:
    assert after("four one two two three", "no").stage is Stage.ASKING
    assert after("four one two two three", "no four one two two four").say == "4 1 2 2 4 right?"


@pytest.mark.parametrize("caller", ["anonymous", "", "100", "sip:x", "+12 34"])
def test_who_calls_without_a_number_has_to_say_one(caller: str) -> None:
    assert make_offer(_TEXTS, caller) == Offer(stage=Stage.ASKING, say="which number")


def test_three_answers_that_are_none_are_a_no() -> None:
    assert after("", "what", "perhaps").stage is Stage.DECLINED


def test_a_number_is_read_digit_by_digit() -> None:
    assert spoken_number("+493") == "plus 4 9 3"


def test_a_number_may_go_on_after_a_pause_until_it_is_as_long_as_numbers_are() -> None:
    assert unfinished("oh four one")
    assert not unfinished("one two three four five six seven eight nine zero one two three four five")
    assert not unfinished("yes")


_words = st.sampled_from(["yes", "no", "one", "two", "double", "nine", "another number", "what", "wait", "right"])


@given(st.lists(st.lists(_words, max_size=8).map(" ".join), max_size=12), st.booleans())
def test_what_is_agreed_on_was_heard_by_the_caller_before_their_yes(answers: list[str], heard: bool) -> None:
    offer, read_back = make_offer(_TEXTS, "+4930123"), {"+4930123"}
    for text in answers:
        if offer.over:
            break
        offer = answer(offer, _TEXTS, text, asked=offer.say if heard else "")
        if offer.stage is Stage.CHECKING:
            read_back.add(offer.number)

    assert offer.stage is not Stage.AGREED or offer.number in read_back
    assert offer.over or len(answers) < 12 or offer.misses < 3
