"""Spoken dates to days: "the twenty third of march", "next tuesday", "a week on friday". Pure: `today` is an argument.

What leaves a part out means the nearest such day to come: "the third" is the next third, "tuesday" the next Tuesday
that is not today, "next tuesday" the one of next week (weeks begin on Monday). What contradicts itself ("tuesday the
fifth", when the fifth is a Sunday) is no date: it was misheard or misspoken, and asking again is better than choosing.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from voiceagent.conversation.spoken_ordinals import cardinal_at, ordinal_at

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_BEFORE: Final = frozenset({"on", "for", "by", "to", "this", "coming", "the"})
_NEAR: Final = {
    ("today",): 0,
    ("tomorrow",): 1,
    ("tomorrow", "week"): 8,
    ("day", "after", "tomorrow"): 2,
}
_UNITS: Final = {"day": 1, "days": 1, "week": 7, "weeks": 7}
_MOST_MONTHS: Final = 14  # a day that no month of the next year has is none
_SOON_DAYS: Final = 62  # "tuesday the fifth" means one of the next two months

Words = Sequence[str]
Found = tuple[int, date]


def dates_at(words: Words, at: int, today: date) -> Iterator[Found]:
    """Dates that begin at `at`: (end, day), longest first. Every word of them is used up."""
    start = at
    found: dict[int, date] = {}
    while start < len(words):
        for end, day in (*_near(words, start, today), *_of_week(words, start, today), *_of_month(words, start, today)):
            found.setdefault(end, day)
        if words[start] not in _BEFORE:
            break
        start += 1
    yield from sorted(found.items(), reverse=True)


def impossible_at(words: Words, at: int, today: date) -> int:
    """Where words end that say a day which there is not, `at` when none do.

    "The thirty first of november", "friday the first of december" when it is a Tuesday: a part of them is another day.
    """
    start = at
    while start < len(words) - 1 and words[start] in _BEFORE and words[start] != "the":
        start += 1
    if start >= len(words):
        return at
    weekday = words[start] in WEEKDAYS
    named = [found for found in _day_and_month(words, start + int(weekday)) if found[2] or weekday]
    ends = [last for end, _, month in named for last, _ in (_years(words, end) if month else [(end, 0)])]
    end = max(ends, default=at)
    return end if all(last < end for last, _ in dates_at(words, at, today)) else at


def spoken_date(day: date) -> str:
    """A day for a voice: "Monday the 23rd of March"."""
    ending = "th" if 10 < day.day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    return f"{WEEKDAYS[day.weekday()].capitalize()} the {day.day}{ending} of {MONTHS[day.month - 1].capitalize()}"


def month_of(day: date) -> str:
    """The month's name, lower-case."""
    return MONTHS[day.month - 1]


def _near(words: Words, at: int, today: date) -> Iterator[Found]:
    """Days counted from today."""
    for form, days in _NEAR.items():
        if tuple(words[at : at + len(form)]) == form:
            yield at + len(form), today + timedelta(days=days)
    if words[at] == "in" and at + 2 < len(words):
        number = (at + 2, 1) if words[at + 1] in {"a", "one"} else cardinal_at(words, at + 1)
        if number is not None and number[0] < len(words) and words[number[0]] in _UNITS:
            yield number[0] + 1, today + timedelta(days=number[1] * _UNITS[words[number[0]]])


def _of_week(words: Words, at: int, today: date) -> Iterator[Found]:
    """Weekdays: bare, "next", "thursday week", "a week on thursday", "next week thursday", "thursday next week"."""
    if tuple(words[at : at + 2]) == ("a", "week") and at + 3 < len(words) and words[at + 2] in {"on", "from"}:
        if words[at + 3] in WEEKDAYS:
            yield at + 4, _coming(words[at + 3], today) + timedelta(days=7)
        return
    skip = 2 if tuple(words[at : at + 2]) == ("next", "week") else int(words[at] == "next")
    place = at + skip + int(skip == 2 and at + 2 < len(words) and words[at + 2] == "on")
    if place >= len(words) or words[place] not in WEEKDAYS:
        return
    name, rest = words[place], tuple(words[place + 1 : place + 3])
    yield place + 1, _in_next_week(name, today) if skip else _coming(name, today)
    if not skip and rest == ("next", "week"):
        yield place + 3, _in_next_week(name, today)
    if not skip and rest[:1] == ("week",):
        yield place + 2, _coming(name, today) + timedelta(days=7)


def _of_month(words: Words, at: int, today: date) -> Iterator[Found]:
    """Days of a month, with or without weekday, month and year."""
    weekday = words[at] if words[at] in WEEKDAYS else ""
    for end, day, month in _day_and_month(words, at + int(bool(weekday))):
        if month == 0:
            found = _soon(day, weekday, today)
            if found is not None:
                yield end, found
            continue
        for last, year in _years(words, end):
            dated = _next(day, month, year, today)
            if dated is not None and (not weekday or WEEKDAYS[dated.weekday()] == weekday):
                yield last, dated


def _day_and_month(words: Words, at: int) -> Iterator[tuple[int, int, int]]:
    """(end, day, month): "the third of march", "third march", "march [the] third", "march three", "the third" (0)."""
    the = int(at < len(words) and words[at] == "the")
    ordinal = ordinal_at(words, at + the)
    number = ordinal or (None if the else cardinal_at(words, at))
    if number is not None:
        end, day = number
        of = int(end < len(words) and words[end] == "of")
        if end + of < len(words) and words[end + of] in MONTHS:
            yield end + of + 1, day, MONTHS.index(words[end + of]) + 1
        if ordinal is not None:
            yield end, day, 0
    if at < len(words) and words[at] in MONTHS:
        the = int(at + 1 < len(words) and words[at + 1] == "the")
        number = ordinal_at(words, at + 1 + the) or (None if the else cardinal_at(words, at + 1))
        if number is not None:
            yield number[0], number[1], MONTHS.index(words[at]) + 1


def _years(words: Words, at: int) -> Iterator[tuple[int, int]]:
    """The year behind a date, 0 when none is said: (end, year). "twenty twenty seven", "2027"."""
    if at < len(words) and len(words[at]) == 4 and words[at].isdecimal():
        yield at + 1, int(words[at])
    elif tuple(words[at : at + 1]) == ("twenty",):
        rest = cardinal_at(words, at + 1)
        if rest is not None and rest[1] >= 20:
            yield rest[0], 2000 + rest[1]
    yield at, 0


def _coming(weekday: str, today: date) -> date:
    return today + timedelta(days=(WEEKDAYS.index(weekday) - today.weekday() - 1) % 7 + 1)


def _in_next_week(weekday: str, today: date) -> date:
    return today + timedelta(days=7 - today.weekday() + WEEKDAYS.index(weekday))


def _next(day: int, month: int, year: int, today: date) -> date | None:
    """The next such day from today on; in that year when one is said. The 29th of February may be years away."""
    for candidate in [year] if year else range(today.year, today.year + 9):
        found = _date(candidate, month, day)
        if found is not None and found >= today:
            return found
    return None


def _soon(day: int, weekday: str, today: date) -> date | None:
    """The next month's day of that number, on that weekday if one is said."""
    for ahead in range(_MOST_MONTHS):
        month = today.month - 1 + ahead
        found = _date(today.year + month // 12, month % 12 + 1, day)
        if found is None or found < today:
            continue
        if not weekday:
            return found
        if WEEKDAYS[found.weekday()] == weekday and found - today <= timedelta(days=_SOON_DAYS):
            return found
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
