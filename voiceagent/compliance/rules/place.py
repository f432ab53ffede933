"""Where a telephone number belongs, offline: country, US state, time zones.

A number tells where it was given out, not where its owner is. So a place is only ever used to be stricter: several
zones mean the hours that all of them allow, and what is not known means the strictest there is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import phonenumbers
import yaml
from phonenumbers import PhoneNumberType, timezone
from phonenumbers.tzdata import TIMEZONE_DATA

from voiceagent.core.errors import BadInput

_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_STATED = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?")
_UNKNOWN_ZONE = "Etc/Unknown"
_OF_A_PLACE: Final = frozenset(
    {PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.MOBILE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """ISO 3166 country and region, "" where not known; `zones` are IANA names, () when none is known."""

    country: str = ""
    region: str = ""
    zones: tuple[str, ...] = ()


NOWHERE: Final = Place()


def place_of_number(number: str) -> Place:
    """The place of an E.164 number. Anything else, toll-free numbers and satellite phones are nowhere."""
    if not _E164.fullmatch(number):
        return NOWHERE
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return NOWHERE
    country = phonenumbers.region_code_for_number(parsed) or ""
    valid = len(country) == 2 and phonenumbers.is_valid_number(parsed)  # 001 is the world
    if not valid or phonenumbers.number_type(parsed) not in _OF_A_PLACE:
        return Place(country=country) if valid else NOWHERE
    state = _state_of_area_code().get(number[2:5], "") if country == "US" else ""
    zones = us_zones(state) if country == "US" else timezone.time_zones_for_number(parsed)
    return Place(country=country, region=state, zones=tuple(sorted(set(zones) - {_UNKNOWN_ZONE})))


def stated_place(text: str) -> Place:
    """A place that somebody knows of a person, as `US-FL` or `DE`. Raises BadInput."""
    found = _STATED.fullmatch(text)
    if found is None:
        raise BadInput(f"{text!r} is no place; write ISO 3166 codes like US-FL or DE")
    country, region = found[1], found[2] or ""
    if country != "US":
        return Place(country=country, region=region, zones=_zones_of_country(country))
    if region and region not in _us_states():
        raise BadInput(f"there is no US state {region!r}; write its two letters")
    return Place(country=country, region=region, zones=us_zones(region))


def us_zones(state: str) -> tuple[str, ...]:
    """The zones of a state; of all states for ""."""
    states = _us_states()
    zones = states[state]["zones"] if state else [zone for one in states.values() for zone in one["zones"]]
    return tuple(sorted(set(zones)))


def us_states() -> tuple[str, ...]:
    return tuple(sorted(_us_states()))


@cache
def _us_states() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load((files(__package__) / "us_states.yaml").read_text())
    return found


@cache
def _state_of_area_code() -> Mapping[str, str]:
    return {str(code): state for state, one in _us_states().items() for code in one["area_codes"]}


def _zones_of_country(country: str) -> tuple[str, ...]:
    """Those of the country's calling code, which may be more than its own: the hours get shorter, never longer."""
    code = phonenumbers.country_code_for_region(country)
    return tuple(sorted(set(TIMEZONE_DATA.get(str(code), ())) - {_UNKNOWN_ZONE}))
