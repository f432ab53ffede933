"""Templates are filled once, from values that are never read as templates."""

import pytest
from hypothesis import given, strategies as st

from voiceagent.background.rendering import MissingField, fields, render, spelled


def test_fields_come_from_the_values():
    text = render("Order {order_number} is {status}.", {"order_number": "4217", "status": "on its way"})

    assert text == "Order 4217 is on its way."


def test_a_spoken_field_is_said_one_character_at_a_time():
    assert render("{order_number_spoken}", {"order_number": "4217"}) == "4 2 1 7"
    assert render("{code_spoken}", {"code": "A-40 B"}) == "A 4 0 B"


def test_a_spoken_day_or_time_is_said_in_words():
    assert render("{day_spoken} at {time_spoken}", {"day": "2027-03-23", "time": "15:30"}) == (
        "Tuesday the 23rd of March at 3:30 in the afternoon"
    )
    assert render("{day_spoken}", {"day": "2027-02-31"}) == "2 0 2 7 0 2 3 1"


def test_a_spoken_field_of_its_own_wins():
    assert render("{eta_spoken}", {"eta": "12", "eta_spoken": "noon"}) == "noon"


@pytest.mark.parametrize(
    "values", [{}, {"eta": None}, {"eta": ""}, {"eta": ["x"]}], ids=["absent", "none", "empty", "list"]
)
def test_a_field_without_a_value_is_named(values):
    with pytest.raises(MissingField) as missing:
        render("It comes {eta}.", values)

    assert missing.value.field == "eta"


def test_numbers_and_truth_values_have_a_spoken_form():
    assert render("{n} {yes} {no} {zero}", {"n": 3, "yes": True, "no": False, "zero": 0}) == "3 yes no 0"


def test_other_braces_stay_as_they_are():
    assert render("{} {Upper} {a b} {0}", {}) == "{} {Upper} {a b} {0}"


@given(st.text())
def test_a_value_is_never_read_as_a_template(value):
    assert render("<{a}>", {"a": value or "x", "b": "secret"}) == f"<{value or 'x'}>"


def test_a_value_with_a_field_in_it_is_said_as_it_is():
    assert render("{a}", {"a": "{b} {a.__class__}", "b": "secret"}) == "{b} {a.__class__}"


def test_a_part_in_brackets_goes_when_its_field_is_missing():
    template = "It is {status}[ with {carrier}][ and comes {eta}, {window}]."

    assert render(template, {"status": "late", "carrier": "Post"}) == "It is late with Post."
    assert (
        render(template, {"status": "late", "eta": "today", "window": "at six"})
        == "It is late and comes today, at six."
    )


def test_a_field_outside_of_the_brackets_is_still_needed():
    with pytest.raises(MissingField):
        render("[{a}] {b}", {"a": "1"})


def test_brackets_without_a_field_and_in_values_are_plain_text():
    assert render("[sic] {a}", {"a": "[x {b}]"}) == "[sic] [x {b}]"


def test_fields_lists_what_a_template_asks_for():
    assert fields("{a} and {b_spoken} but not {C}") == ("a", "b_spoken")


@given(st.text(alphabet="0123456789", min_size=1, max_size=20))
def test_spelling_keeps_every_digit_in_order(number):
    assert spelled(number).split(" ") == list(number)
