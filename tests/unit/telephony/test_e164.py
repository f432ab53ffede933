"""One way to write a number."""

import hashlib

import phonenumbers
import pytest
from hypothesis import given, strategies as st

from voiceagent.records.number_hash import number_hash
from voiceagent.telephony.e164 import canonical


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+4402079460958", "+442079460958"),
        ("+49030155512345", "+4930155512345"),
        ("+112125550123", "+12125550123"),
        ("+12125550123", "+12125550123"),
        ("+5215512345678", "+525512345678"),
        ("+390612345678", "+390612345678"),  # Italy dials the 0 from abroad as well
        ("sip:anna@example.com", "sip:anna@example.com"),
        ("+999123456789", "+999123456789"),
        ("", ""),
    ],
)
def test_what_is_dialled_before_a_number_at_home_is_no_part_of_it(written: str, number: str) -> None:
    assert canonical(written) == number


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_number_written_well_stays_as_it_is(written: str) -> None:
    assert canonical(canonical(written)) == canonical(written)


def test_numbers_are_written_as_they_were_when_opt_outs_were_stored() -> None:
    """When an upgrade of phonenumbers fails this, opt-outs of before would not be found: see telephony/e164.py."""
    forms = hashlib.sha256()
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        example = phonenumbers.example_number(region)
        assert example is not None
        for prefix in ("", "0", "1", "8", "06"):
            forms.update(canonical(f"+{example.country_code}{prefix}{example.national_number}").encode() + b"\n")

    assert forms.hexdigest() == "9abbf947925768a2755de55c01c0ab81b323ef699b11c6251dab3a8bb78ae9a7"


def test_both_ways_to_write_a_number_are_one_entry_on_a_list() -> None:
    pepper = b"p" * 32

    assert number_hash(pepper, "+4402079460958") == number_hash(pepper, "+442079460958")
    assert number_hash(pepper, "+442079460958") != number_hash(pepper, "+442079460959")
