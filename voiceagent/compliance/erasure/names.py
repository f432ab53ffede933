"""Under which names the records may know a person. Pure.

Records hold a number as the trunk or browser wrote it. So a number is searched for in every way in which it may have
been written, and what names nobody, or everybody who hid their number, is refused.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

import phonenumbers

from voiceagent.compliance.retention.pseudonym import BEGINNING, pseudonym
from voiceagent.core.errors import BadInput

_BETWEEN: Final = re.compile(r"[\s()/.-]")
_TELLING_DIGITS: Final = 7
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
# What stands in From in place of a number that is not shown (RFC 3323, section 4.1.1.3, and what trunks write)
_NOBODY: Final = frozenset(
    {"anonymous", "blocked", "invalid", "private", "restricted", "unavailable", "unknown", "withheld"}
)
# The same words typed on a keypad, which carriers hand over as if they were numbers (Twilio, From): ANONYMOUS, BLOCKED,
# RESTRICTED, UNAVAILABLE, UNKNOWN
_NOBODYS_DIGITS: Final = frozenset({"266696687", "2562533", "7378742833", "86282452253", "8656696"})


def tidy(number: str, home: str = "") -> str:
    """A number as it may be searched for, as E.164 where it can be told. `home`: the ISO country of national numbers.

    Raises BadInput for nothing, for what stands for everybody who hides their number, and for a pseudonym.
    """
    found = number.strip().removeprefix("tel:")
    bare = _BETWEEN.sub("", found)
    if bare.lstrip("+").isdigit() and bare.isascii():
        return _somebodys(_international(bare, home) or bare)
    if not found:
        raise BadInput("a number is empty; leave it out, or name calls by their ids")
    if found.casefold().removeprefix("sip:").partition("@")[0] in _NOBODY:
        raise BadInput(f"{found!r} stands for everybody who hides their number; name such calls by their ids")
    if found.startswith(BEGINNING):
        raise BadInput("a pseudonym is no number; name the number itself, which is found under its pseudonym, too")
    return found  # a SIP user keeps its dots


def is_told_in(number: str, text: str) -> bool:
    """Whether the text holds the number, or its last seven digits or more, however it is written there."""
    digits = "".join(filter(str.isdecimal, number))
    if len(digits) < _TELLING_DIGITS:
        return len(number) >= _TELLING_DIGITS and number.casefold() in text.casefold()
    return digits[-_TELLING_DIGITS:] in "".join(filter(str.isdecimal, text))


def names_of(numbers: Iterable[str], pepper: bytes, home: str = "") -> dict[str, str]:
    """Each number as trunks may write it (E.164 with +, with 00, bare, as at home), with its pseudonym."""
    return {form: pseudonym(form, pepper) for number in numbers for form in _forms(number, home)}


def searched_for(names: Mapping[str, str]) -> list[str]:
    """What records are looked for by. A pseudonym finds calls whose number went while something is kept longer."""
    return sorted({*names, *names.values()})


def _somebodys(number: str) -> str:
    if number.lstrip("+") in _NOBODYS_DIGITS or not number.strip("+0"):
        raise BadInput(f"{number} is what carriers write for everybody who hides their number; name such calls by ids")
    return number


def _international(bare: str, home: str) -> str:
    """`bare` as E.164; "" when nobody can tell which country it is of."""
    written = f"+{bare[2:]}" if bare.startswith("00") else bare
    try:
        parsed = phonenumbers.parse(written, None if written.startswith("+") else home or None)
    except phonenumbers.NumberParseException:
        return ""
    sure = phonenumbers.is_possible_number if written.startswith("+") else phonenumbers.is_valid_number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if sure(parsed) else ""


def _forms(number: str, home: str) -> tuple[str, ...]:
    if not _E164.fullmatch(number):
        return (number,)
    return number, number[1:], f"00{number[1:]}", *_as_at_home(number, home)


def _as_at_home(number: str, home: str) -> tuple[str, ...]:
    """As a trunk of the same country may write it, without the country. One of another country would be another's."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ()
    if not home or parsed.country_code != phonenumbers.country_code_for_region(home):
        return ()
    national = _BETWEEN.sub("", phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL))
    return (national,)
