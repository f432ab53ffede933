"""What recognised words mean, by the same phrases that the grammar was compiled from. Pure.

A text is `[filler]* want [correction want]* [polite]`, where a want is a phrase of an intent, a bare value of the slot
that was asked for, or a bare yes or no. What is taken back does not count: the last want wins, and a bare value after a
correction replaces the value in the want before it ("order four two one seven, no, four two one eight").
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from voiceagent.conversation.corrections import CORRECTIONS, FILLERS, LISTENING, NO_FORMS, POLITE, YES_FORMS
from voiceagent.conversation.phrase import Optional, Parts, Slot, Word, parse_phrase, plain_words
from voiceagent.conversation.profile import AgentProfile, SlotSpec, SlotType
from voiceagent.conversation.spoken_digits import is_number_word, spoken_digits

Words = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """`intent` is "" for a bare value, yes or no."""

    intent: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)
    yes: bool = False
    no: bool = False
    listening: bool = False  # "mm-hm": nothing is asked for


def understand(text: str, profile: AgentProfile, asked: str = "") -> Meaning | None:
    """The meaning of a text, None when it has none here. `asked` names the slot that a question is open for."""
    return _Reader(profile, asked).read(tuple(text.split()))


class _Reader:
    def __init__(self, profile: AgentProfile, asked: str) -> None:
        self._profile = profile
        self._asked = asked
        self._phrases = sorted(
            ((intent.name, parse_phrase(phrase)) for intent in profile.intents for phrase in intent.phrases),
            key=lambda entry: -_fixed_words(entry[1]),  # the most specific phrase first
        )

    def read(self, words: Words) -> Meaning | None:
        """Try the text with ever fewer fillers in front and courtesies behind."""
        for start in _after_fillers(words):
            for end in _before_courtesies(words, start):
                meaning = self._wants(words[start:end])
                if meaning is not None:
                    return meaning
        return None

    def _wants(self, words: Words) -> Meaning | None:
        whole = self._want(words)
        if whole is not None:
            return whole
        for at, length in _corrections(words):
            last = self._wants(words[at + length :])
            if last is None:
                continue
            if not last.slots or last.intent:
                return last
            before = self._wants(words[:at])
            return replace(before, slots={**before.slots, **last.slots}) if before and before.intent else last
        return None

    def _want(self, words: Words) -> Meaning | None:
        for name, parts in self._phrases:
            for end, slots in self._match(parts, words, 0):
                if end == len(words):
                    return Meaning(intent=name, slots=slots)
        value = self._bare_value(words)
        if value is not None:
            return value
        said = " ".join(words)
        if said in _YES or said in _NO or said in _LISTENING:
            return Meaning(yes=said in _YES, no=said in _NO, listening=said in _LISTENING)
        return None

    def _bare_value(self, words: Words) -> Meaning | None:
        """A value without its phrase: of the slot asked for, or else of the one slot type that says what it is."""
        names = [self._asked] if self._asked else list(self._profile.slots)
        for name in names:
            spec = self._profile.slots[name]
            for start in range(len(words)):
                if start and not set(words[:start]) <= _FRAME | set(name.split("_")):
                    break
                for end, value in _values(spec, words, start):
                    if end == len(words):
                        return Meaning(slots={name: value})
        return None

    def _match(self, parts: Parts, words: Words, at: int) -> Iterator[tuple[int, dict[str, str]]]:
        """All ways to read `parts` from `at`: (end, slots), longest values first."""
        if not parts:
            yield at, {}
            return
        first, rest = parts[0], parts[1:]
        match first:
            case Word(text):
                if at < len(words) and words[at] == text:
                    yield from self._match(rest, words, at + 1)
            case Slot(name):
                for end, value in _values(self._profile.slots[name], words, at):
                    for last, slots in self._match(rest, words, end):
                        yield last, {name: value, **slots}
            case Optional(inner):
                yield from self._match((*inner, *rest), words, at)
                yield from self._match(rest, words, at)


_YES = frozenset(" ".join(plain_words(form)) for form in YES_FORMS)
_NO = frozenset(" ".join(plain_words(form)) for form in NO_FORMS)
_LISTENING = frozenset(form for said in LISTENING for form in (said, " ".join(plain_words(said))))
_LONGEST_YES_NO = max(len(form.split()) for form in _YES | _NO)
_FILLERS = tuple(tuple(plain_words(form)) for form in FILLERS)
_POLITE = tuple(tuple(plain_words(form)) for form in POLITE)
_CORRECTIONS = tuple(sorted((tuple(plain_words(form)) for form in CORRECTIONS), key=len, reverse=True))
_SPARE_WORDS = 8  # for each "double" and "triple" said beside its digit, some of them twice
_FRAME = frozenset({"my", "the", "is", "it", "it's", "that's", "sure"})


def _fixed_words(parts: Parts) -> int:
    return sum(isinstance(part, Word) for part in parts)


def _after_fillers(words: Words) -> Iterator[int]:
    """Positions where what is meant may begin: 0, and behind one or two fillers."""
    starts = [0]
    for _ in range(2):
        starts += [
            start + len(form)
            for start in starts
            for form in _FILLERS
            if tuple(words[start : start + len(form)]) == form and start + len(form) not in starts
        ]
    yield from starts


def _before_courtesies(words: Words, start: int) -> Iterator[int]:
    yield len(words)
    for form in _POLITE:
        end = len(words) - len(form)
        if end > start and tuple(words[end:]) == form:
            yield end


def _corrections(words: Words) -> Iterator[tuple[int, int]]:
    """Where something is taken back, the last place first: (position, words of the correction with its filler)."""
    for at in range(len(words) - 1, -1, -1):
        for form in _CORRECTIONS:
            if tuple(words[at : at + len(form)]) == form:
                yield at, len(form)
                for filler in _FILLERS:
                    end = at + len(form)
                    if tuple(words[end : end + len(filler)]) == filler:
                        yield at, len(form) + len(filler)


def _values(spec: SlotSpec, words: Words, at: int) -> Iterator[tuple[int, str]]:
    """Values of a slot that begin at `at`: (end, value), longest first."""
    match spec.type:
        case SlotType.DIGITS:
            yield from _figures(spec, words, at)
        case SlotType.CHOICE:
            forms = [(tuple(plain_words(form)), value) for value, said in spec.choices.items() for form in said]
            for form, value in sorted(forms, key=lambda entry: -len(entry[0])):
                if tuple(words[at : at + len(form)]) == form:
                    yield at + len(form), value
        case SlotType.YES_NO:
            for last in range(min(len(words), at + _LONGEST_YES_NO), at, -1):
                said = " ".join(words[at:last])
                if said in _YES or said in _NO:
                    yield last, "yes" if said in _YES else "no"


def _figures(spec: SlotSpec, words: Words, at: int) -> Iterator[tuple[int, str]]:
    """Each number word says a figure or more, a "double" apart: more words than these are no value."""
    end, limit = at, min(len(words), at + spec.max_length + _SPARE_WORDS)
    while end < limit and is_number_word(words[end]):
        end += 1
    for last in range(end, at, -1):
        figures = spoken_digits(words[at:last])
        if spec.min_length <= len(figures) <= spec.max_length:
            yield last, figures
