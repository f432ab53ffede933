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
    ],
)
def test_a_number_is_searched_for_without_what_people_write_between_digits(written, found):
    assert tidy(written) == found


def test_an_empty_number_is_refused():
    with pytest.raises(BadInput, match="a number is empty"):
        tidy("  ")


def test_a_number_is_found_as_trunks_may_write_it_and_under_its_pseudonyms():
    found = searched_for(names_of(["+49301234567"], PEPPER))

    assert {"+49301234567", "49301234567", "0049301234567"} < set(found)
    assert pseudonym("+49301234567", PEPPER) in found
    assert len(found) == 6


@given(st.lists(st.text(min_size=1), max_size=5))
def test_what_was_named_is_always_among_what_is_searched_for(numbers):
    assert set(numbers) <= set(searched_for(names_of(numbers, PEPPER)))
