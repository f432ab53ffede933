"""One way to write a telephone number, so that one person has one entry on every list."""

from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat

_MOST: Final = 4  # prefixes that somebody wrote one after another


def canonical(number: str) -> str:
    """An E.164 number (ITU-T) without the 0 or 1 that is dialled before it at home, as in +4402079460958.

    What is no number, or of a plan that nobody knows, comes back as it is.
    """
    for _ in range(_MOST):
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            return number
        if (shorter := phonenumbers.format_number(parsed, PhoneNumberFormat.E164)) == number:
            return number
        number = shorter
    return number
