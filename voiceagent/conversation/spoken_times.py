"""Spoken times of day to "HH:MM": "half past three", "three thirty p m", "ten in the morning". Pure.

An hour without its half of the day is one of working hours, from seven in the morning to a quarter to seven in the
evening: whoever says "half past three" to a company does not mean the night. It is read back in any case.
"""

from collections.abc import Iterator, Sequence
from datetime import time
from typing import Final

from voiceagent.conversation.spoken_ordinals import cardinal_at, ordinal_at

_BEFORE: Final = frozenset({"at", "around", "about", "by", "for", "to", "say"})
_TO: Final = frozenset({"to", "two", "too", "till", "before"})  # "quarter two four": nobody hears the difference
_PAST: Final = frozenset({"past", "after"})
_FIXED: Final = {"noon": time(12), "midday": time(12), "midnight": time(0)}
_PARTS: Final[dict[tuple[str, ...], str]] = {
    ("a", "m"): "am",
    ("am",): "am",
    ("in", "the", "morning"): "am",
    ("p", "m"): "pm",
    ("pm",): "pm",
    ("in", "the", "afternoon"): "pm",
    ("in", "the", "evening"): "pm",
    ("at", "night"): "night",
}
_OCLOCK: Final[tuple[tuple[str, ...], ...]] = (("o'clock",), ("oclock",), ("o", "clock"), ("oh", "clock"))
_NIGHT_ENDS: Final = 6  # "three at night"; later hours at night are of the evening
_DAY_BEGINS: Final = 7  # hours from here to noon are of the morning when nothing else is said

Words = Sequence[str]
Clock = tuple[int, int, int]  # end, hour, minute


def times_at(words: Words, at: int, *, bare: bool = True) -> Iterator[tuple[int, str]]:
    """Times that begin at `at`: (end, "HH:MM"), longest first.

    bare: whether an hour alone is one ("ten"). With "at" before it, with "o'clock" or half of the day behind it, it
    always is.
    """
    found: dict[int, str] = {}
    start = at
    while start < len(words):
        for end, told, surely in _times(words, start):
            if bare or surely or (start > at and words[start - 1] in {"at", "around", "about"}):
                found.setdefault(end, told.isoformat("minutes"))
        if words[start] not in _BEFORE or start > at + 1:
            break
        start += 1
    yield from sorted(found.items(), reverse=True)


def spoken_time(told: time) -> str:
    """A time for a voice: "3:30 in the afternoon", "9 in the morning", "noon"."""
    if told in (time(12), time(0)):
        return "noon" if told.hour else "midnight"
    hour = (told.hour - 1) % 12 + 1
    part = "morning" if told.hour < 12 else "afternoon" if told.hour < 18 else "evening"
    return f"{hour}:{told.minute:02}" + f" in the {part}" if told.minute else f"{hour} in the {part}"


def _times(words: Words, at: int) -> Iterator[tuple[int, time, bool]]:
    """(end, time, whether it can be nothing but a time)."""
    if words[at] in _FIXED:
        yield at + 1, _FIXED[words[at]], True
    for clock, surely in (*_relative(words, at), *_hour_first(words, at)):
        end, hour, minute = clock
        part = next((form for form in _PARTS if tuple(words[end : end + len(form)]) == form), ())
        if part:
            yield end + len(part), _of_part(hour, minute, _PARTS[part]), True
        yield end, _of_part(hour, minute, ""), surely


def _relative(words: Words, at: int) -> Iterator[tuple[Clock, bool]]:
    """ "half past three", "a quarter to four", "twenty minutes past nine"; minutes belong to the hour behind them."""
    at += int(words[at] == "a" and at + 1 < len(words))
    minutes = {"half": (at + 1, 30), "quarter": (at + 1, 15)}.get(words[at]) or cardinal_at(words, at)
    if minutes is None or not 0 < minutes[1] < 60:
        return
    place, count = minutes
    if place < len(words) and words[place] in {"minutes", "minute"}:
        place += 1
    direction = words[place] if place < len(words) else ""
    if direction not in _TO | _PAST:
        return
    hour = cardinal_at(words, place + 1)
    if hour is None or not 1 <= hour[1] <= 12 or (direction in _TO and words[at] == "half"):
        return
    if direction == "two" and words[at] != "quarter":  # "ten two four" may be anything
        return
    back = direction in _TO
    end = hour[0] + _oclock(words, hour[0])
    yield (end, (hour[1] - 1) or 12, 60 - count) if back else (end, hour[1], count), True


def _hour_first(words: Words, at: int) -> Iterator[tuple[Clock, bool]]:
    """ "ten", "ten o'clock", "three thirty", "nine oh five", "fifteen thirty"."""
    hour = cardinal_at(words, at)
    if hour is None or not 0 <= hour[1] <= 23 or ordinal_at(words, at) is not None:  # "the twenty fifth" is no 20:00
        return
    end, value = hour
    clock = _oclock(words, end)
    yield (end + clock, value, 0), bool(clock)
    zero = int(end < len(words) and words[end] in {"oh", "o", "zero"})
    minute = cardinal_at(words, end + zero)
    written = end < len(words) and len(words[end]) == 2 and words[end].isdecimal()  # "9:05"
    if written and int(words[end]) < 60:
        yield (end + 1, value, int(words[end])), True
    elif minute is not None and (minute[1] < 10 if zero else 10 <= minute[1] < 60):
        yield (minute[0], value, minute[1]), True


def _oclock(words: Words, at: int) -> int:
    return next((len(form) for form in _OCLOCK if tuple(words[at : at + len(form)]) == form), 0)


def _of_part(hour: int, minute: int, part: str) -> time:
    if hour > 12 or hour == 0:
        return time(hour, minute)
    if part == "am" or (part == "night" and (hour == 12 or hour < _NIGHT_ENDS)):
        return time(hour % 12, minute)
    if part in {"pm", "night"} or hour < _DAY_BEGINS:
        return time(hour % 12 + 12, minute)
    return time(hour, minute)
