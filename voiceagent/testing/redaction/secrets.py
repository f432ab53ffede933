"""Made secrets: cards whose Luhn sum is right, numbers that nobody has, names, addresses, days of birth."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from voiceagent.testing.redaction.spoken import STYLES, below_hundred, said_date, said_figures, singles, spelled

_FIRST: Final = (
    "anna", "peter", "maria", "oliver", "fatima", "james", "chloe", "ahmed", "sofia", "daniel", "ingrid", "marcus",
    "priya", "thomas", "yuki", "rachel", "stefan", "nadia", "george", "emily",
)  # fmt: skip
_LAST: Final = (
    "keller", "okafor", "moreno", "schmidt", "patel", "johnson", "kowalski", "nakamura", "dubois", "hughes",
    "lindqvist", "ferrari", "novak", "obrien", "thompson", "rossi", "bergmann", "walsh", "petrov", "garcia",
)  # fmt: skip
_STREETS: Final = ("mill", "church", "station", "high", "victoria", "oak", "queens", "garden house", "elm")
_KINDS: Final = ("street", "road", "lane", "avenue", "close", "drive")
_DOMAINS: Final = ("gmail dot com", "hotmail dot com", "yahoo dot co dot uk", "outlook dot com", "example dot org",
                   "smith dash tools dot de", "acme dot com")  # fmt: skip
_CODE_STYLES: Final = ("singles", "singles", "typed", "doubled")
_AREAS: Final = ("sw1a2aa", "ox13qd", "m11ae", "ls29jt", "ec1a1bb", "b338th")


@dataclass(frozen=True, slots=True)
class Secret:
    """`digits`: of a number, to read back. `known`: what a system tells of it beforehand."""

    entity: str
    said: str
    digits: str = ""
    known: tuple[str, ...] = ()


def make_secret(entity: str, dice: Random) -> Secret:
    """One of that entity, in some way of saying it."""
    if entity in _FIGURES:
        return _number(entity, _FIGURES[entity](dice), dice)
    match entity:
        case "cvv":
            return _number(entity, _some(dice, dice.choice((3, 3, 4))), dice, _CODE_STYLES)
        case "known name":
            name = make_name(dice)
            return Secret(entity, dice.choice((" ".join(name), name[0], name[1])), known=name)
        case _:
            return Secret(entity, _WORDS[entity](dice))


def _birth(dice: Random) -> str:
    return said_date(dice.randrange(1, 29), dice.randrange(1, 13), dice.randrange(1935, 2008), dice)


def make_name(dice: Random) -> tuple[str, str]:
    return dice.choice(_FIRST), dice.choice(_LAST)


def _new_name(dice: Random) -> str:
    name = make_name(dice)
    return dice.choice((" ".join(name), f"{name[1]} {spelled(name[1], dice)}", spelled(name[1], dice)))


def _address(dice: Random) -> str:
    house = below_hundred(dice.randrange(1, 99)) if dice.random() < 0.7 else str(dice.randrange(1, 300))
    return f"{house} {dice.choice(_STREETS)} {dice.choice(_KINDS)}"


def _phone(dice: Random) -> str:
    start = dice.choice(("077", "020", "0151", "555", "212"))
    return start + _some(dice, (11 if start[0] == "0" else 10) - len(start))


def _number(entity: str, digits: str, dice: Random, styles: tuple[str, ...] = STYLES) -> Secret:
    return Secret(entity, said_figures(digits, dice.choice(styles), dice), digits)


def _some(dice: Random, count: int) -> str:
    return "".join(dice.choice("0123456789") for _ in range(count))


def _card(dice: Random) -> str:
    """A number with a Luhn sum that is right, of 16 or 15 digits."""
    start, length = dice.choice((("4", 16), ("5", 16), ("37", 15)))
    body = start + _some(dice, length - len(start) - 1)
    total = 0
    for at, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if at % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return body + str(-total % 10)


def _mail(dice: Random) -> str:
    first, last = dice.choice(_FIRST), dice.choice(_LAST)
    local = dice.choice((
        f"{first} dot {last}", f"{first[0]} dot {last}", f"{first}{last}", f"{first} {singles(_some(dice, 2), dice)}",
        f"{first} underscore {last}", f"{' '.join(first)} dot {last}",
    ))  # fmt: skip
    domain = dice.choice(_DOMAINS)
    if dice.random() < 0.2:  # written as some recognisers do
        plain = local.replace(" dot ", ".").replace(" underscore ", "_").replace(" ", "")
        return f"{plain}@{domain.replace(' dot ', '.').replace(' dash ', '-')}"
    return f"{local} at {domain}"


def _postcode(dice: Random) -> str:
    code = dice.choice(_AREAS)
    if dice.random() < 0.3:
        return f"{code[:-3].upper()} {code[-3:].upper()}"
    return " ".join(singles(one, dice) if one.isdecimal() else one for one in code)


_FIGURES: Final[dict[str, Callable[[Random], str]]] = {
    "card": _card,
    "ssn": lambda dice: _some(dice, 9),
    "account": lambda dice: _some(dice, 8),
    "phone": _phone,
}
_WORDS: Final[dict[str, Callable[[Random], str]]] = {
    "email": _mail,
    "birth": _birth,
    "unknown name": _new_name,
    "postcode": _postcode,
    "address": _address,
}
