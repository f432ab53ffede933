"""Whether digits may be the number of a payment card."""

from typing import Final

CARD_LENGTHS: Final = range(12, 20)  # ISO/IEC 7812


def is_card(digits: str) -> bool:
    """ISO/IEC 7812: 12 to 19 digits whose Luhn sum is right."""
    if len(digits) not in CARD_LENGTHS:
        return False
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
