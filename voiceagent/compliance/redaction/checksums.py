"""Checksums that label a number. They never decide whether it is masked: one misheard figure breaks them."""

import re
from typing import Final

_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_CARD_LENGTHS: Final = range(12, 20)


def is_card(digits: str) -> bool:
    """ISO/IEC 7812: 12 to 19 digits whose Luhn sum is right."""
    if len(digits) not in _CARD_LENGTHS:
        return False
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def is_iban(text: str) -> bool:
    """ISO 13616: the remainder by 97 is 1."""
    if not _IBAN.fullmatch(text):
        return False
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1
