"""How people say figures, dates, addresses and names: many ways, chosen by dice."""

from random import Random
from typing import Final

_ONES: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS: Final = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth",
    "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth",
)  # fmt: skip
MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_ALPHABET: Final = """
alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo sierra
tango uniform victor whiskey xray yankee zulu
"""
_NATO: Final = {word[0]: word for word in _ALPHABET.split()}
_BETWEEN: Final = ("um", "uh", "then", "and", "and then", "er", "")
STYLES: Final = ("singles", "doubled", "pairs", "grouped", "typed", "typed groups", "corrected", "mixed")


def below_hundred(value: int) -> str:
    if value < 20:
        return (*_ONES, *_TEENS)[value]
    return _TENS[value // 10] + (f" {_ONES[value % 10]}" if value % 10 else "")


def ordinal(day: int) -> str:
    if day <= 20:
        return _ORDINALS[day - 1]
    return "thirtieth" if day == 30 else f"{_TENS[day // 10]} {_ORDINALS[day % 10 - 1]}"


def singles(digits: str, dice: Random) -> str:
    zero = dice.choice(("oh", "zero", "zero", "nought", "o"))
    return " ".join(zero if digit == "0" else _ONES[int(digit)] for digit in digits)


def doubled(digits: str, dice: Random) -> str:
    said, at = [], 0
    while at < len(digits):
        run = 1
        while run < 3 and at + run < len(digits) and digits[at + run] == digits[at]:
            run += 1
        word = singles(digits[at], dice)
        said.append(word if run == 1 else f"{'double' if run == 2 else dice.choice(('triple', 'treble'))} {word}")
        at += run
    return " ".join(said)


def pairs(digits: str, dice: Random) -> str:
    said = []
    for at in range(0, len(digits), 2):
        pair = digits[at : at + 2]
        said.append(singles(pair, dice) if len(pair) == 1 or pair[0] == "0" else below_hundred(int(pair)))
    return " ".join(said)


def grouped(digits: str, dice: Random, size: int) -> str:
    """Groups with a filler between them."""
    return " ".join(
        (f"{dice.choice(_BETWEEN)} " if at else "") + singles(digits[at : at + size], dice)
        for at in range(0, len(digits), size)
    )


def corrected(digits: str, dice: Random) -> str:
    """One figure said wrong and taken back."""
    at = dice.randrange(1, len(digits))
    wrong = str((int(digits[at]) + dice.randrange(1, 9)) % 10)
    word, other = singles(digits[at], dice), singles(wrong, dice)
    back = dice.choice(
        (f"no sorry {word} not {other}", f"sorry {word}", f"no wait {word}", f"I mean {word}", f"actually {word}")
    )
    return f"{singles(digits[:at], dice)} {other} {back.lower()} {singles(digits[at + 1 :], dice)}"


def typed_groups(digits: str, dice: Random, size: int) -> str:
    sign = dice.choice((" ", "-", " "))
    return sign.join(digits[at : at + size] for at in range(0, len(digits), size))


def said_figures(digits: str, style: str, dice: Random) -> str:
    """The figures in one of the `STYLES`."""
    size = dice.choice((3, 4)) if len(digits) > 5 else 2
    match style:
        case "doubled":
            return doubled(digits, dice)
        case "pairs":
            return pairs(digits, dice)
        case "grouped":
            return grouped(digits, dice, size)
        case "typed":
            return digits
        case "typed groups":
            return typed_groups(digits, dice, size)
        case "corrected" if len(digits) > 2:
            return corrected(digits, dice)
        case "mixed":
            half = len(digits) // 2
            return f"{pairs(digits[:half], dice)} {doubled(digits[half:], dice)}"
        case _:
            return singles(digits, dice)


def said_year(year: int, dice: Random) -> str:
    if year >= 2000:
        rest = f" and {below_hundred(year - 2000)}" if year > 2000 else ""
        return dice.choice(
            (f"two thousand{rest}", f"twenty {below_hundred(year - 2000)}" if year >= 2010 else str(year))
        )
    return dice.choice((f"nineteen {below_hundred(year - 1900)}", f"nineteen {below_hundred(year - 1900)}", str(year)))


def said_date(day: int, month: int, year: int, dice: Random) -> str:
    """A date as words or figures; without a year when that is 0."""
    name = MONTHS[month - 1]
    after = f" {said_year(year, dice)}" if year else ""
    ways = [f"the {ordinal(day)} of {name}{after}", f"{name} {ordinal(day)}{after}", f"{ordinal(day)} {name}{after}",
            f"{below_hundred(day)} {name}{after}"]  # fmt: skip
    if year:
        ways += [f"{day:02}/{month:02}/{year}", f"{year}-{month:02}-{day:02}"]
    return dice.choice(ways)


def spelled(name: str, dice: Random) -> str:
    """Letter by letter, by the NATO alphabet, or with examples."""
    if dice.random() < 0.3:
        return " ".join(_NATO[letter] for letter in name)
    letters = []
    for letter in name:
        example = f" {dice.choice(('as in', 'for'))} {_NATO[letter]}" if dice.random() < 0.15 else ""
        letters.append(letter + example)
    return " ".join(letters)
