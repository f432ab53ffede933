"""Values of slots anywhere in a text, with words around them and some of their own misheard. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from voiceagent.conversation.denial import denied
from voiceagent.conversation.homophones import EVERYDAY, as_number, number_run
from voiceagent.conversation.likeness import closeness
from voiceagent.conversation.phrase import plain_words
from voiceagent.conversation.profile import SlotSpec, SlotType
from voiceagent.conversation.slot_values import values_at
from voiceagent.conversation.spoken_dates import MONTHS, WEEKDAYS, impossible_at
from voiceagent.conversation.spoken_digits import spoken_digits
from voiceagent.conversation.spoken_ordinals import day_alone, ordinal_at
from voiceagent.conversation.time_words import as_time_words

_SPARE: Final = 8
_CORRECTING: Final = 4  # words of a correction at most: "uh no sorry actually"
_SOUNDS_LIKE: Final = 0.8  # "kellar" is Keller, "miller" is not
_NAME_FROM: Final = 5  # letters
_POINTING: Final = frozenset({"that", "this", "other", "the", "another", "which", "no"})
_COUNTED: Final = frozenset({"moment", "second", "minute", "day", "thing", "more", "of", "question"})  # behind a "one"
_DATED: Final = frozenset((*MONTHS, *WEEKDAYS))
_UNREADABLE_FROM: Final = 3  # figures: a number, but none of this slot

Words = Sequence[str]


@dataclass(frozen=True, slots=True)
class _Spot:
    slot: SlotSpec
    begin: int
    end: int
    value: str  # "" for what is one of these, but not to be read


def spotted(
    specs: Sequence[SlotSpec], words: Words, today: date | None, expected: Collection[str], corrected: int = 0
) -> Mapping[str, str]:
    """The value of each slot that was said last; a word belongs to one value only.

    expected: the slots that are talked about. corrected: where something is taken back, 0 when nothing is. "Not
    tuesday" says no day, and neither does "tuesday the fifth" when the fifth is no Tuesday.
    """
    if any(spec.type in {SlotType.DATE, SlotType.TIME} for spec in specs):
        taken_back, rest = as_time_words(words[:corrected]), as_time_words(words[corrected:])
        words, corrected = (*taken_back, *rest), len(taken_back)  # some words are dropped
    values: dict[str, str] = {}
    before: dict[str, _Spot] = {}
    unwanted: _Spot | None = None
    spots = tuple(_spots(specs, words, today, expected))
    for spot in spots:
        start = max(unwanted.end if unwanted else 0, corrected if spot.begin >= corrected else 0)
        with_it = unwanted is not None and unwanted.end == spot.begin and unwanted.slot != spot.slot
        if with_it or denied(words, spot.begin, start):  # "i can't do friday at ten" is neither
            unwanted = spot
            continue
        earlier, name = before.get(spot.slot.name), spot.slot.name
        contradicts = earlier is not None and earlier.end == spot.begin and earlier.value != spot.value
        contradicts = contradicts and spot.slot.type is SlotType.DATE
        values[name] = "" if contradicts else spot.value
        before[name] = spot
    for unclear in _taken_back(spots, words, corrected):
        values[unclear] = ""
    return {name: value for name, value in values.items() if value}


def _taken_back(spots: Sequence[_Spot], words: Words, corrected: int) -> Collection[str]:
    """The slots whose value was taken back when what stands in its place can not be read: "the fifth no seven"."""
    before = [spot for spot in spots if spot.end <= corrected]
    if not corrected or not before:
        return ()
    behind = spots[len(before) :]
    if not behind:
        return (before[-1].slot.name,) if any(map(as_number, words[corrected:])) else ()
    hour_alone = behind[0].slot.type is SlotType.TIME and behind[0].end - behind[0].begin == 1
    day_for_hour = hour_alone and before[-1].slot.type is SlotType.DATE and before[-1].end >= corrected - _CORRECTING
    return (before[-1].slot.name, behind[0].slot.name) if day_for_hour else ()


def _spots(specs: Sequence[SlotSpec], words: Words, today: date | None, expected: Collection[str]) -> Iterator[_Spot]:
    at = 0
    while at < len(words):
        here = [
            _Spot(spec, at, end, value)
            for spec in specs
            for end, value in _values(spec, words, at, today, expected=spec.name in expected)
        ]
        longest = max(here, key=lambda spot: spot.end, default=None)  # of equals the first: the slot asked for
        if longest is not None:
            yield longest
        at = longest.end if longest is not None else at + 1


def _values(spec: SlotSpec, words: Words, at: int, today: date | None, *, expected: bool) -> Iterator[tuple[int, str]]:
    if spec.type is SlotType.YES_NO:
        return  # a "no" within other words is seldom the answer
    if spec.type is SlotType.DIGITS:
        yield from _figures(spec, words, at, expected=expected)
        return
    impossible = impossible_at(words, at, today) if spec.type is SlotType.DATE and today is not None else at
    if impossible > at:
        yield impossible, ""
        return
    found = next(values_at(spec, words, at, today, asked=expected), None)
    if found is not None and not _means_another(spec, words, at, found[0]):
        yield found
    elif spec.type in {SlotType.NAME, SlotType.CHOICE}:
        yield from _nearly_listed(spec, words, at)


def _means_another(spec: SlotSpec, words: Words, at: int, end: int) -> bool:
    """The second of "give me a second" and the one of "that one" are neither days nor times."""
    said = words[at:end]
    if spec.type is SlotType.DATE and not _DATED.intersection(said):
        place = next((place for place in range(at, end) if ordinal_at(words, place) is not None), None)
        return place is not None and not day_alone(words, place, end)
    if spec.type is SlotType.TIME and said == ("one",):
        return (at > 0 and words[at - 1] in _POINTING) or (end < len(words) and words[end] in _COUNTED)
    return False


def _figures(spec: SlotSpec, words: Words, at: int, *, expected: bool) -> Iterator[tuple[int, str]]:
    """A run of figures, all of it: a part of too long a number is another number.

    A "for" or a "to" at its edge, and the "one" of "that one", are figures only when the number wants them ("check on
    order for two one seven").
    """
    end, numbers = number_run(words, at, spec.max_length + _SPARE, trusting=expected)
    if not numbers:
        return
    first = int(at > 0 and (words[at] in EVERYDAY or (words[at] == "one" and words[at - 1] in _POINTING)))
    last = int(end < len(words) and words[end - 1] in EVERYDAY)
    for begin, cut in dict.fromkeys(((first, last), (first, 0), (0, last), (0, 0))):
        figures = spoken_digits(numbers[begin : len(numbers) - cut])
        if spec.min_length <= len(figures) <= spec.max_length:
            yield end, figures
            return
    if len(numbers) >= _UNREADABLE_FROM:
        yield end, ""


def _nearly_listed(spec: SlotSpec, words: Words, at: int) -> Iterator[tuple[int, str]]:
    """A listed value with letters of it misheard."""
    for value, forms in spec.choices.items():
        for form in (tuple(plain_words(form)) for form in forms):
            said = words[at : at + len(form)]
            near = len(said) == len(form) and all(map(_sounds_like, form, said))
            if near and any(len(word) >= _NAME_FROM for word in form):
                yield at + len(form), value


def _sounds_like(one: str, other: str) -> bool:
    return one == other or (len(one) >= _NAME_FROM and closeness(one, other) >= _SOUNDS_LIKE)
