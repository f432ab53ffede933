"""Phone numbers: CRMs are searched in E.164, and what they find is compared digit by digit."""

import re
from typing import Final

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)  # ITU-T E.164; shorter ones are extensions
_NOT_DIGITS: Final = re.compile(r"[^0-9]", re.ASCII)


def is_e164(number: str) -> bool:
    """False for the user part of a SIP address, which no vendor's phone field holds."""
    return _E164.fullmatch(number) is not None


def same_number(one: str, other: str) -> bool:
    """Whether both are the same number, however it is written: "+1 (202) 555-0101" is "+12025550101"."""
    digits = _NOT_DIGITS.sub("", one)
    return bool(digits) and digits == _NOT_DIGITS.sub("", other)
