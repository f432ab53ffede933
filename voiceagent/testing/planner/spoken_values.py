"""Values as people say them, written apart from the parsers that have to read them back. The dice are given."""

from datetime import date, timedelta
from random import Random
from typing import Final

_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS: Final = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_SMALL: Final = (*_DIGITS, *_TEENS.split())
_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty")
_IRREGULAR: Final = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
    "twenty": "twentieth",
    "thirty": "thirtieth",
}
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = (
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)


def number_words(number: int) -> str:
    """A number below 60: "forty five"."""
    if number < len(_SMALL):
        return _SMALL[number]
    ones = number % 10
    return _TENS[number // 10] + (f" {_DIGITS[ones]}" if ones else "")


def ordinal_words(number: int) -> str:
    """The same as a place: "twenty third"."""
    *before, last = number_words(number).split()
    return " ".join([*before, _IRREGULAR.get(last, f"{last}th")])


def digits_in_words(figures: str, dice: Random) -> str:
    """One way of reading figures out: digit by digit, with "double" and "oh" now and then."""
    words: list[str] = []
    at, doubles, zero = 0, dice.random() < 0.5, dice.choice(("zero", "oh"))
    while at < len(figures):
        twice = doubles and figures[at : at + 2] == figures[at] * 2
        words += ["double"] if twice else []
        words.append(zero if figures[at] == "0" else _DIGITS[int(figures[at])])
        at += 2 if twice else 1
    return " ".join(words)


def date_ways(day: date, today: date) -> tuple[str, ...]:
    """The ways of saying a day that are right on `today`; never empty."""
    month, place, weekday = _MONTHS[day.month - 1], ordinal_words(day.day), _WEEKDAYS[day.weekday()]
    ways = [f"the {place} of {month}", f"{month} the {place}", f"{month} {place}", f"{weekday} the {place} of {month}"]
    ahead = (day - today).days
    if 0 <= ahead < 28:
        ways += [f"the {place}", f"{weekday} the {place}"]
    if 1 <= ahead <= 7:
        ways += [weekday, f"this {weekday}", f"on {weekday}"]
    if 8 <= ahead <= 14:
        ways += [f"a week on {weekday}"]
    if 0 <= (day - today - timedelta(days=7 - today.weekday())).days < 7:
        ways += [f"next {weekday}", f"{weekday} next week"]
    ways += {0: ["today"], 1: ["tomorrow"], 2: ["the day after tomorrow"], 7: ["in a week"]}.get(ahead, [])
    return tuple(ways)


def time_ways(hour: int, minute: int) -> tuple[str, ...]:
    """The ways of saying a time of day; without half of the day where working hours leave no doubt."""
    of_twelve = (hour - 1) % 12 + 1
    name, following = number_words(of_twelve), number_words(of_twelve % 12 + 1)
    half_of_day = (
        ("in the morning", "a m") if hour < 12 else ("in the afternoon" if hour < 18 else "in the evening", "p m")
    )
    if minute == 0:
        ways = [name, f"{name} o'clock"] if of_twelve != 12 else ["noon", "twelve o'clock"]
    else:
        ways = [f"{name} {number_words(minute)}" if minute >= 10 else f"{name} oh {number_words(minute)}"]
    ways += [f"half past {name}"] if minute == 30 else []
    ways += [f"quarter past {name}"] if minute == 15 else []
    ways += [f"a quarter to {following}"] if minute == 45 else []
    ways += [f"{number_words(minute)} past {name}"] if minute in (5, 10, 20) else []
    ways += [f"{number_words(60 - minute)} to {following}"] if minute in (40, 50, 55) else []
    surely = [
        f"{way} {part}" for way in ways if way != "noon" for part in half_of_day if part[1] != " " or "past" not in way
    ]
    return tuple([*ways, *surely] if 7 <= hour < 18 + int(minute < 45) else surely)
