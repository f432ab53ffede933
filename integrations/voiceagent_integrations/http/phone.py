"""Phone numbers: CRMs are searched in E.164, and what they find is compared digit by digit."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from voiceagent_integrations.http.fields import Row, optional

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)  # ITU-T E.164; shorter ones are extensions
_NOT_DIGITS: Final = re.compile(r"[^0-9]", re.ASCII)


def is_e164(number: str) -> bool:
    """False for the user part of a SIP address, which no vendor's phone field holds."""
    return _E164.fullmatch(number) is not None


def same_number(one: str, other: str) -> bool:
    """Whether both are the same number, however it is written: "+1 (202) 555-0101" is "+12025550101"."""
    digits = _NOT_DIGITS.sub("", one)
    return bool(digits) and digits == _NOT_DIGITS.sub("", other)


def only_caller(rows: Iterable[Row], number: str, phone_fields: Sequence[str]) -> Row | None:
    """The one row that has `number` in one of these fields.

    None when there are several: nobody can tell which of them calls, and one's orders are not the other's business.
    Rows without the number are dropped, because a search may find more than it was asked for.
    """
    found = [row for row in rows if any(same_number(optional(row, field), number) for field in phone_fields)]
    return found[0] if len(found) == 1 else None
