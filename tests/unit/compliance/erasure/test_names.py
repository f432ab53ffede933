import pytest
from hypothesis import given, strategies as st

from voiceagent.compliance.erasure.names import names_of, searched_for, tidy
from voiceagent.compliance.retention.pseudonym import pseudonym
from voiceagent.core.errors import BadInput

PEPPER = b"p" * 32


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("+49 (30) 1234-567", "+49301234567"),
        (" 030/123456 ", "030123456"),
        ("alice.smith", "alice.smith"),
        ("sip:alice@b.example", "sip:alice@b.example"),
        ("tel:+49-30-1234567", "+49301234567"),
        ("0049 30 1234567", "+49301234567"),
        ("+49 (0)30 1234567", "+49301234567"),
        ("+39 06 12345678", "+390612345678"),
    ],
)
def test_a_number_is_searched_for_without_what_people_write_between_digits(written, found):
    assert tidy(written) == found


def test_an_empty_number_is_refused():
    with pytest.raises(BadInput, match="a number is empty"):
        tidy("  ")


@pytest.mark.parametrize("nobody", ["anonymous", " Anonymous ", "sip:anonymous@anonymous.invalid", "Unavailable"])
def test_what_stands_for_everybody_who_hides_their_number_erases_nobody(nobody):
    with pytest.raises(BadInput, match="name such calls by their ids"):
        tidy(nobody)


@pytest.mark.parametrize("nobody", ["+266696687", "266 696 687", "+7378742833", "+86282452253", "0", "+000 0000"])
def test_digits_that_carriers_write_for_everybody_who_hides_their_number_are_no_number(nobody):
    with pytest.raises(BadInput, match="for everybody who hides"):
        tidy(nobody)


def test_a_number_at_home_that_only_looks_like_those_digits_is_somebodys():
    assert tidy("(737) 874-2833", "US") == "+17378742833"


def test_a_pseudonym_is_refused_since_it_may_be_that_of_everybody_without_a_number():
    with pytest.raises(BadInput, match="a pseudonym is no number"):
        tidy(pseudonym("anonymous", PEPPER))


@pytest.mark.parametrize(
    ("home", "written", "national"), [("DE", "030 1234567", "0301234567"), ("US", "(202) 456-1111", "2024561111")]
)
def test_a_number_of_the_country_at_home_is_found_with_and_without_its_country(home, written, national):
    found = names_of([tidy(written, home)], PEPPER, home)

    assert {tidy(written, home), national} <= set(found)
    assert tidy(written, home).startswith("+")


def test_a_number_of_another_country_is_not_looked_for_without_it_which_would_be_somebody_else():
    assert "0612345678" not in names_of([tidy("+39 06 12345678", "DE")], PEPPER, "DE")


def test_a_number_is_found_as_trunks_may_write_it_and_under_its_pseudonyms():
    found = searched_for(names_of(["+49301234567"], PEPPER))

    assert {"+49301234567", "49301234567", "0049301234567"} < set(found)
    assert pseudonym("+49301234567", PEPPER) in found
    assert len(found) == 6


@given(st.lists(st.text(min_size=1), max_size=5))
def test_what_was_named_is_always_among_what_is_searched_for(numbers):
    assert set(numbers) <= set(searched_for(names_of(numbers, PEPPER)))
