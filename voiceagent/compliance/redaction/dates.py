"""Dates in a text, and which of them are dates of birth: said to be, asked for, or too long ago for anything else."""

import re
from collections.abc import Iterator
from typing import Final

from voiceagent.compliance.redaction.figures import Figure, figure_at
from voiceagent.compliance.redaction.tokens import Tokens, text_at
from voiceagent.compliance.redaction.values import Context, Kind
from voiceagent.conversation.spoken_dates import MONTHS
from voiceagent.conversation.spoken_ordinals import ordinal_at

YOUNGEST_BORN: Final = 2012  # who talks to a company on the phone was born by then; deliveries are later
_BIRTH: Final = re.compile(r"\b(born|birth|birthday|dob|birthdate|d o b)\b")
_SHORT_MONTHS: Final = {month[:3]: month for month in MONTHS if month != "may"} | {"sept": "september"}
_MONTHS: Final = frozenset(MONTHS) | frozenset(_SHORT_MONTHS) | {"much", "marsh"}
_TYPED: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})")
_BEFORE, _AFTER = 12, 6  # words between a date and what it is called
_LINKS: Final = frozenset({"of", "the", "in", ",", "on", ".", "um", "uh"})
_MOST_BIRTH: Final = 14
_CENTURIES: Final = frozenset({"19", "20"})

Found = tuple[int, int, Kind]
Dated = tuple[int, int, int]  # first token, end, year or 0


def dates_in(text: str, tokens: Tokens, taken: list[bool], context: Context) -> Iterator[tuple[Found, bool]]:
    """((first token, end, BIRTH), masked) of every date: one that is not masked is no number either."""
    birth = context.asked is Kind.BIRTH
    for at, end, year in _dates(text, tokens):
        if not any(taken[at:end]):
            called = _called_birth(tokens, at, end)
            masked = birth or called or 1900 <= year <= YOUNGEST_BORN
            yield (at, end, Kind.BIRTH), masked


def births_in_figures(tokens: Tokens, taken: list[bool], context: Context) -> Iterator[Found]:
    """Dates of birth said in figures alone, or half heard: the figures behind "born" or the question for them."""
    for at, token in enumerate(tokens):
        if context.asked is Kind.BIRTH and at == 0:
            yield from _figures_from(tokens, 0, taken)
        elif (token.is_word and _BIRTH.fullmatch(token.text)) or (token.text == "birth"):
            yield from _figures_from(tokens, at + 1, taken)


def _figures_from(tokens: Tokens, start: int, taken: list[bool]) -> Iterator[Found]:
    """From the first number or month to the last of the few words that follow."""
    places = [
        place
        for place in range(start, min(len(tokens), start + _MOST_BIRTH))
        if not tokens[place].is_mark and not taken[place] and _says_date(tokens, place)
    ]
    if places and not any(tokens[place].is_mark for place in range(start, places[0])):
        last = figure_at(tokens, places[-1])
        end = last.end if last else places[-1] + 1
        if not any(taken[places[0] : end]) and not any(tokens[place].is_mark for place in range(places[0], end)):
            yield places[0], end, Kind.BIRTH


def _says_date(tokens: Tokens, at: int) -> bool:
    found = figure_at(tokens, at)
    if found is not None and found.sure:
        return True
    return tokens[at].text in _MONTHS or ordinal_at([text_at(tokens, at)], 0) is not None


def _called_birth(tokens: Tokens, at: int, end: int) -> bool:
    before = " ".join(token.text for token in tokens[max(0, at - _BEFORE) : at])
    after = " ".join(token.text for token in tokens[end : end + _AFTER])
    return bool(_BIRTH.search(before) or _BIRTH.search(after))


def _dates(text: str, tokens: Tokens) -> Iterator[Dated]:
    yield from _typed(text, tokens)
    for at, token in enumerate(tokens):
        if token.text in MONTHS or token.text in _SHORT_MONTHS:
            found = _around(tokens, at)
            if found is not None:
                yield found


def _typed(text: str, tokens: Tokens) -> Iterator[Dated]:
    for match in _TYPED.finditer(text):
        inside = [at for at, token in enumerate(tokens) if match.start() <= token.start and token.end <= match.end()]
        if not inside or tokens[inside[0]].start != match.start() or tokens[inside[-1]].end != match.end():
            continue
        parts = [int(part) for part in match.groups() if part]
        year, month, day = parts if match[1] else (parts[2], parts[1], parts[0])
        if 1 <= min(month, day) <= 12 and max(month, day) <= 31 and (year < 100 or 1900 <= year < 2100):
            yield inside[0], inside[-1] + 1, year if year >= 100 else 0


def _around(tokens: Tokens, month: int) -> Dated | None:
    """A month with its day; the year when one is said."""
    start = _day_before(tokens, month)
    end = _day_after(tokens, month + 1) if start is None else month + 1
    if start is None and end is None:
        return None
    first, last = month if start is None else start, month + 1 if end is None else end
    place = last
    while text_at(tokens, place) in _LINKS and place - last < 2:
        place += 1
    year = _year(tokens, place)
    return (first, year[0], year[1]) if year else (first, last, 0)


def _day_before(tokens: Tokens, month: int) -> int | None:
    place = month - 1
    while place >= 0 and text_at(tokens, place) in {"of", "the", "st", "nd", "rd", "th"}:
        place -= 1
    for start in (place - 2, place - 1, place):
        if start >= 0 and _is_day(tokens, start, place + 1):
            return start
    return None


def _day_after(tokens: Tokens, at: int) -> int | None:
    start = at + int(text_at(tokens, at) == "the")
    for end in (start + 3, start + 2, start + 1):
        if end <= len(tokens) and _is_day(tokens, start, end):
            return end + int(text_at(tokens, end) in {"st", "nd", "rd", "th"})
    return None


def _is_day(tokens: Tokens, start: int, end: int) -> bool:
    words = [token.text for token in tokens[start:end] if token.text != "-"]
    found = ordinal_at(words, 0) if words else None
    if found is not None and found[0] == len(words):
        return True
    figure = figure_at(tokens, start)
    return figure is not None and figure.sure and figure.end == end and 1 <= int(figure.digits) <= 31


def _year(tokens: Tokens, at: int) -> tuple[int, int] | None:
    """(end, year): "1984", "nineteen eighty four", "two thousand and four"; figures that go on are no year."""
    found = _said_year(tokens, at)
    if found is None or (found[0] < len(tokens) and (next_ := figure_at(tokens, found[0])) and next_.sure):
        return None
    return found


def _said_year(tokens: Tokens, at: int) -> tuple[int, int] | None:
    """Two figures alone mean the last century."""
    first = figure_at(tokens, at) if at < len(tokens) else None
    if first is None or not first.sure:
        return None
    if len(first.digits) == 4:
        return (first.end, int(first.digits)) if first.digits[:2] in _CENTURIES else None
    if first.digits in _CENTURIES:
        return _century(tokens, first)
    return (first.end, 1900 + int(first.digits)) if len(first.digits) == 2 and int(first.digits) > 30 else None


def _century(tokens: Tokens, first: Figure) -> tuple[int, int] | None:
    """ "nineteen" "eighty four", "nineteen" "oh" "four"."""
    second = figure_at(tokens, first.end) if first.end < len(tokens) else None
    if second is None or not second.sure:
        return None
    rest, end = second.digits, second.end
    if rest == "0" and end < len(tokens) and (third := figure_at(tokens, end)) is not None:
        rest, end = rest + third.digits, third.end
    return (end, int(first.digits + rest)) if len(rest) == 2 else None
