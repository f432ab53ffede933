"""What recognised words mean, by the same phrases that the grammar was compiled from. Pure.

A text is `[filler]* want [correction want]* [polite]`, where a want is a phrase of an intent, a bare value of the slot
that was asked for, or a bare yes or no. What is taken back does not count: the last want wins, and a bare value after a
correction replaces the value in the want before it ("order four two one seven, no, four two one eight").

A text that is none, because words of it were misheard or because people say more than is asked, is read loosely.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from voiceagent.conversation.carried_month import carry_month
from voiceagent.conversation.corrections import CORRECTIONS, FILLERS, LISTENING, NON_ANSWERS, POLITE
from voiceagent.conversation.loose_reading import loose_reading
from voiceagent.conversation.phrase import Optional, Parts, Slot, Word, parse_phrase, plain_words
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.slot_values import NO, YES, values_at

Words = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """`intent` is "" for a bare value, yes or no."""

    intent: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)
    yes: bool = False
    no: bool = False
    listening: bool = False  # "mm-hm": nothing is asked for


def understand(
    text: str,
    profile: AgentProfile,
    asked: str = "",
    *,
    today: date | None = None,
    among: Sequence[str] = (),
    month: str = "",
    exact: bool = False,
) -> Meaning | None:
    """The meaning of a text, None when it has none here.

    asked: the slot that a question is open for. among: the slots that are talked about. today: what dates count from;
    without it there are none. month: of the day that was read back, which a bare "the fifth" keeps. exact: word for
    word only, else what is nearly a phrase counts too (`loose_reading`).
    """
    words = tuple(text.split())
    if _is_no_answer(words):
        exact = True  # "hang on a second" is not the second of a month
    else:
        words = carry_month(words, _corrected(words), month)
    meaning = _Reader(profile, asked, today, among).read(words)
    if meaning is not None or exact:
        return meaning
    expected = tuple(dict.fromkeys(name for name in (asked, *among) if name))
    read = loose_reading(words, profile, expected, today, _corrected(words))
    return Meaning(intent=read[0], slots=read[1]) if read is not None else None


def has_own_words(text: str, profile: AgentProfile) -> bool:
    """Whether the profile itself has a phrase or a value for these words: its author's reading comes first."""
    meaning = understand(text, profile, exact=True)
    return meaning is not None and bool(meaning.intent or meaning.slots)


class _Reader:
    def __init__(self, profile: AgentProfile, asked: str, today: date | None, among: Sequence[str]) -> None:
        self._profile = profile
        self._asked = asked
        self._today = today
        self._expected = {asked, *among}
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
        if said in YES or said in NO or said in _LISTENING:
            return Meaning(yes=said in YES, no=said in NO, listening=said in _LISTENING)
        return None

    def _bare_value(self, words: Words) -> Meaning | None:
        """A value without its phrase: of the slot asked for, or else of the one slot type that says what it is."""
        names = [self._asked] if self._asked else list(self._profile.slots)
        for name in names:
            spec = self._profile.slots[name]
            for start in range(len(words)):
                if start and not set(words[:start]) <= _FRAME | set(name.split("_")):
                    break
                for end, value in values_at(spec, words, start, self._today, asked=name in self._expected):
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
                for end, value in values_at(self._profile.slots[name], words, at, self._today):
                    for last, slots in self._match(rest, words, end):
                        yield last, {name: value, **slots}
            case Optional(inner):
                yield from self._match((*inner, *rest), words, at)
                yield from self._match(rest, words, at)


_LISTENING = frozenset(form for said in LISTENING for form in (said, " ".join(plain_words(said))))
_FILLERS = tuple(tuple(plain_words(form)) for form in FILLERS)
_POLITE = tuple(tuple(plain_words(form)) for form in POLITE)
_NON_ANSWERS = frozenset(tuple(plain_words(form)) for form in NON_ANSWERS)
_CORRECTIONS = tuple(sorted((tuple(plain_words(form)) for form in CORRECTIONS), key=len, reverse=True))
_FRAME = frozenset({"my", "the", "number", "is", "it", "it's", "that's", "sure"})


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


def _is_no_answer(words: Words) -> bool:
    return any(tuple(words[:end]) in _NON_ANSWERS for end in _before_courtesies(words, 0))


def _corrected(words: Words) -> int:
    """Where the words begin that take something back, 0 when nothing is."""
    return next((at + length for at, length in _corrections(words)), 0)


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
