"""Numbers that cost their caller extra: somebody earns by every call to them, and so by a stolen key."""

from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType

_THE_WORLD: Final = "001"  # satellite phones and networks of no country; ITU-T E.164 shared country codes
_DEAR: Final = {
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a number that costs its caller extra",
}


def why_dear(number: str) -> str:
    """What makes a call to an E.164 number dear, "" where nothing is known to. Dear countries are not told apart."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    kind = phonenumbers.number_type(parsed)
    if kind in _DEAR:
        return _DEAR[kind]
    of_the_world = phonenumbers.region_code_for_country_code(parsed.country_code or 0) == _THE_WORLD
    return "a number of no country" if of_the_world and kind != PhoneNumberType.TOLL_FREE else ""
