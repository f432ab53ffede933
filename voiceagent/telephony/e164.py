"""One way to write a telephone number, so that one person has one entry on every list.

Opt-outs are found by it, and only by a hash: another release of phonenumbers may write some numbers otherwise, and then
lists forget whom they are about. So its release is pinned, and a test fails when a form changes.
"""

import re
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat

_MOST: Final = 4  # prefixes that somebody wrote one after another
_MEXICAN_MOBILE: Final = re.compile(r"\+521(\d{10})")  # the 1 was dropped in 2019, and is still written


def canonical(number: str) -> str:
    """An E.164 number (ITU-T) without the 0 or 1 that is dialled before it at home, as in +4402079460958.

    What is no number, or of a plan that nobody knows, comes back as it is.
    """
    if match := _MEXICAN_MOBILE.fullmatch(number):
        number = "+52" + match[1]
    for _ in range(_MOST):
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            return number
        if (shorter := phonenumbers.format_number(parsed, PhoneNumberFormat.E164)) == number:
            return number
        number = shorter
    return number
