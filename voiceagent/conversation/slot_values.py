"""The values of a slot in a text, as its type says they are spoken. Pure; dates count from a `today` that is given."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from voiceagent.conversation.corrections import NO_FORMS, YES_FORMS
from voiceagent.conversation.phrase import plain_words
from voiceagent.conversation.profile import SlotSpec, SlotType
from voiceagent.conversation.spoken_dates import dates_at
from voiceagent.conversation.spoken_digits import is_number_word, spoken_digits
from voiceagent.conversation.spoken_names import listed_at, names_at
from voiceagent.conversation.spoken_times import times_at

Words = Sequence[str]
Values = Iterator[tuple[int, str]]

YES: Final = frozenset(" ".join(plain_words(form)) for form in YES_FORMS)
NO: Final = frozenset(" ".join(plain_words(form)) for form in NO_FORMS)
_LONGEST_YES_NO: Final = max(len(form.split()) for form in YES | NO)
_SPARE_WORDS: Final = 8  # for each "double" and "triple" said beside its digit, some of them twice


def values_at(spec: SlotSpec, words: Words, at: int, today: date | None, *, asked: bool = True) -> Values:
    """Values that begin at `at`: (end, value), longest first. Dates are "YYYY-MM-DD", times "HH:MM".

    today: without it there are no dates. asked: whether this slot is expected here, so that "ten" alone is a time.
    """
    match spec.type:
        case SlotType.DIGITS:
            yield from _figures(spec, words, at)
        case SlotType.CHOICE:
            yield from listed_at(spec.choices, words, at)
        case SlotType.NAME:
            yield from names_at(spec.choices, words, at)
        case SlotType.DATE:
            if today is not None:
                yield from ((end, day.isoformat()) for end, day in dates_at(words, at, today))
        case SlotType.TIME:
            yield from times_at(words, at, bare=asked)
        case SlotType.YES_NO:
            for last in range(min(len(words), at + _LONGEST_YES_NO), at, -1):
                said = " ".join(words[at:last])
                if said in YES or said in NO:
                    yield last, "yes" if said in YES else "no"


def _figures(spec: SlotSpec, words: Words, at: int) -> Values:
    """Each number word says a figure or more, a "double" apart: more words than these are no value."""
    end, limit = at, min(len(words), at + spec.max_length + _SPARE_WORDS)
    while end < limit and is_number_word(words[end]):
        end += 1
    for last in range(end, at, -1):
        figures = spoken_digits(words[at:last])
        if spec.min_length <= len(figures) <= spec.max_length:
            yield last, figures
