"""Under which names the records may know a person. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from voiceagent.compliance.retention.pseudonym import pseudonym
from voiceagent.core.errors import BadInput

_BETWEEN: Final = re.compile(r"[\s()/.-]")
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")


def tidy(number: str) -> str:
    """A number as it may be searched for: without what people write between digits. Raises BadInput for nothing."""
    found = number.strip()
    bare = _BETWEEN.sub("", found)
    found = bare if bare.lstrip("+").isdigit() else found  # a SIP user keeps its dots
    if not found:
        raise BadInput("a number is empty; leave it out, or name calls by their ids")
    return found


def names_of(numbers: Iterable[str], pepper: bytes) -> dict[str, str]:
    """Each number as trunks may write it (E.164 with +, with 00, bare), with its pseudonym."""
    return {form: pseudonym(form, pepper) for number in numbers for form in _forms(number)}


def searched_for(names: Mapping[str, str]) -> list[str]:
    """What records are looked for by. A pseudonym finds calls whose number went while something is kept longer."""
    return sorted({*names, *names.values()})


def _forms(number: str) -> tuple[str, ...]:
    if _E164.fullmatch(number):
        return number, number[1:], f"00{number[1:]}"
    return (number,)
