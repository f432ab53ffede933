from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from phonenumbers.geodata import GEOCODE_DATA

from voiceagent.compliance.rules.place import NOWHERE, place_of_number, stated_place, us_states, us_zones
from voiceagent.core.errors import BadInput


@pytest.mark.parametrize(
    ("number", "country", "region", "zones"),
    [
        ("+12125550123", "US", "NY", {"America/New_York"}),
        ("+13055550123", "US", "FL", {"America/New_York", "America/Chicago"}),
        ("+18085550123", "US", "HI", {"Pacific/Honolulu"}),
        ("+4930123456", "DE", "", {"Europe/Berlin"}),
        ("+442079460123", "GB", "", {"Europe/London"}),
        ("+14165550123", "CA", "", {"America/Toronto"}),
        ("+17875550123", "PR", "", {"America/Puerto_Rico"}),
    ],
)
def test_the_place_of_a_number(number, country, region, zones) -> None:
    place = place_of_number(number)

    assert (place.country, place.region, set(place.zones)) == (country, region, zones)


@pytest.mark.parametrize(
    "number",
    ["", "anonymous", "100", "sip:bob@example.org", "+15550100", "+1", "12125550123", "+999123456789", "+" + "9" * 15],
)
def test_what_has_no_place_is_nowhere(number) -> None:
    assert place_of_number(number) == NOWHERE


@pytest.mark.parametrize("number", ["+18005550123", "+442012345678901", "+881612345678", "+80012345678"])
def test_toll_free_and_satellite_numbers_tell_no_state_and_no_hours(number) -> None:
    place = place_of_number(number)

    assert (place.region, place.zones) == ("", ())


def test_the_states_of_area_codes_are_those_of_libphonenumber() -> None:
    told: dict[str, set[str]] = {}
    for prefix, names in GEOCODE_DATA.items():
        _, _, state = names.get("en", "").rpartition(", ")
        if prefix.startswith("1") and len(prefix) > 4 and state in us_states():
            told.setdefault(prefix[1:4], set()).add(state)

    ours = {code: place_of_number(f"+1{code}2345678").region for code in told}

    assert len(told) > 200
    assert {code: (state, told[code]) for code, state in ours.items() if state not in told[code]} == {}


def test_every_us_area_code_has_a_state() -> None:
    american = [
        code
        for code in range(200, 1000)
        if phonenumbers.region_code_for_number(number := phonenumbers.parse(f"+1{code}2345678")) == "US"
        and phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE
    ]

    assert [code for code in american if not place_of_number(f"+1{code}2345678").region] == []


def test_there_are_fifty_states_and_the_district_each_with_zones_that_exist() -> None:
    assert len(us_states()) == 51
    for state in us_states():
        assert [ZoneInfo(zone).key for zone in us_zones(state)]


@pytest.mark.parametrize(
    ("text", "country", "region", "zone"),
    [
        ("US-TX", "US", "TX", "America/Denver"),
        ("US", "US", "", "Pacific/Honolulu"),
        ("DE", "DE", "", "Europe/Berlin"),
        ("DE-BE", "DE", "BE", "Europe/Berlin"),
    ],
)
def test_a_stated_place_has_all_zones_of_its_people(text, country, region, zone) -> None:
    place = stated_place(text)

    assert (place.country, place.region) == (country, region)
    assert zone in place.zones


@pytest.mark.parametrize("text", ["", "Florida", "us-fl", "US-ZZ", "US-", "US-FL-1"])
def test_what_is_no_place_is_told(text) -> None:
    with pytest.raises(BadInput):
        stated_place(text)


def test_a_country_that_there_is_not_has_no_hours() -> None:
    assert stated_place("XX").zones == ()
