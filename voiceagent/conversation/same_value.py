"""A value said to a read-back, read against it: "yes, at eight" to eight in the evening is no other time. Pure.

People leave out what was just said. A weekday alone is the day that was read back when that is such a weekday, a day of
a month is of its year, and an hour without its half of the day is in the evening when the evening was read back.
"""

from collections.abc import Sequence
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Final

from voiceagent.conversation.profile import SlotSpec, SlotType
from voiceagent.conversation.spoken_dates import MONTHS, WEEKDAYS
from voiceagent.conversation.spotting import spotted

_COUNTED_FROM_TODAY: Final = frozenset({"next", "week", "weeks", "days", "today", "tomorrow", "this"})
_HALVES: Final = frozenset({"m", "am", "pm", "morning", "afternoon", "evening", "night", "noon", "midday", "midnight"})
_MORNING: Final = time(7)  # between these two an hour alone is one of working hours, whatever was read back
_EVENING: Final = time(19)
_MONTHS: Final = frozenset(MONTHS)
_WEEKDAYS: Final = frozenset(WEEKDAYS)
_WEEK: Final = timedelta(days=7)

Words = Sequence[str]


def as_read_back(spec: SlotSpec, value: str, read: str, words: Words) -> str:
    """What `value`, understood from the words without regard to the read-back, means where `read` was read back."""
    if value == read:
        return value
    if spec.type is SlotType.DATE:
        return _day(spec, date.fromisoformat(value), date.fromisoformat(read), words).isoformat()
    if spec.type is SlotType.TIME:
        return _time(time.fromisoformat(value), time.fromisoformat(read), words).isoformat("minutes")
    return value


def _day(spec: SlotSpec, day: date, read: date, words: Words) -> date:
    if not _COUNTED_FROM_TODAY.isdisjoint(words):
        return day
    week_before = spotted([spec], words, read - _WEEK, {spec.name})
    if "no" not in words and week_before.get(spec.name) == read.isoformat():
        return read
    dated = not _MONTHS.isdisjoint(words) and _WEEKDAYS.isdisjoint(words)
    if dated and day.month == read.month and not _says_a_year(words) and (day.month, day.day) != (2, 29):
        return day.replace(year=read.year)
    return day


def _says_a_year(words: Words) -> bool:
    return any(word.isdecimal() and len(word) == 4 for word in words) or ("twenty", "twenty") in pairwise(words)


def _time(told: time, read: time, words: Words) -> time:
    if not _HALVES.isdisjoint(words):
        return told
    other = told.replace(hour=(told.hour + 12) % 24)
    apart = (told.hour < 12) != (read.hour < 12)
    return other if other == read or (apart and not _MORNING <= read < _EVENING) else told
