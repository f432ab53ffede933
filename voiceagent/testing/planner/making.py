"""Makes dialogues from a set's wording with a seed: the same seed makes the same calls, another set shares no words or
values with it.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Final, TypeVar

from voiceagent.testing.planner.dialogue import AtReadBack, Dialogue, Wish
from voiceagent.testing.planner.spoken_values import date_ways, digits_in_words, time_ways
from voiceagent.testing.planner.wording import LineWording
from voiceagent.testing.planner.wordings import WORDINGS, SetWording

KINDS: Final = (
    "plain",
    "all_at_once",
    "correction",
    "correction_at_once",
    "remark",
    "digression",
    "twice",
    "unknown",
    "refusal",
    "change",
    "person",
)
_ONLY_READ_BACK: Final = frozenset({"refusal", "change"})
_WITHOUT_UNKNOWN: Final = frozenset({"delivery", "clinic"})  # the practice has nothing that could be unknown
_TODAY: Final = {"development": date(2026, 11, 24), "held": date(2027, 2, 11)}
_DAYS: Final = {  # value -> ways of saying it; the same in both sets, for the profile has three days to choose from
    "tomorrow": ("tomorrow", "tomorrow morning"),
    "on Saturday": ("on saturday", "this saturday"),
    "on Monday": ("on monday", "next monday"),
}
_PROFILES: Final = {"orders": "orders", "delivery": "orders", "clinic": "clinic", "bank": "bank"}

Value = tuple[str, str]  # canonical, spoken
_T = TypeVar("_T")


def make_dialogues(name: str, count: int, seed: int = 0) -> tuple[Dialogue, ...]:
    """`count` dialogues of a set, "development" or "held", over all lines and kinds by turns."""
    wording, today = WORDINGS[name], _TODAY[name]
    turns = _turns(wording)
    made = []
    for index in range(count):
        line, kind = next(turns)
        dice = Random(f"{seed}/{name}/{index}")  # noqa: S311 - examples, not secrets
        made.append(_Maker(wording, line, today, dice).dialogue(f"{name}-{line.line}-{index:03}", kind))
    return tuple(made)


def _turns(wording: SetWording) -> Iterator[tuple[LineWording, str]]:
    while True:
        for kind in KINDS:
            for line in wording.lines:
                if kind in _ONLY_READ_BACK and not line.changes:
                    continue
                if kind == "unknown" and line.line in _WITHOUT_UNKNOWN:
                    continue
                yield line, kind


class _Maker:
    """One dialogue's values and words."""

    def __init__(self, wording: SetWording, line: LineWording, today: date, dice: Random) -> None:
        self._common = wording.common
        self._line = line
        self._today = today
        self._dice = dice
        self._orders = [self._figures(dice.choice((4, 5, 6))) for _ in range(3)]
        self._cards = [self._figures(4) for _ in range(3)]

    def dialogue(self, dialogue_id: str, kind: str) -> Dialogue:
        wishes, digression = self._wishes(kind)
        return Dialogue(
            dialogue_id=f"{dialogue_id}-{kind}",
            line=self._line.line,
            kind=kind,
            profile=_PROFILES[self._line.line],
            today=self._today.isoformat(),
            wishes=wishes,
            digression=digression,
            orders=tuple(self._orders[:2]),
            cards=tuple(self._cards[:2]),
            yes=self._shuffled(self._common.yes),
            no=self._shuffled(self._common.no),
            goodbye=self._pick(self._common.goodbyes),
        )

    def _wishes(self, kind: str) -> tuple[tuple[Wish, ...], Wish | None]:
        special: dict[str, Callable[[], tuple[Wish, ...]]] = {
            "twice": lambda: (self._wish("plain", owned=0), self._wish("all_at_once", owned=1)),
            "unknown": lambda: (self._wish("plain", owned=2, found=False), self._wish("all_at_once")),
            "person": lambda: (Wish(intent="talk_to_person", opening=self._shuffled(self._common.person)),),
        }
        if kind in special:
            return special[kind](), None
        if kind == "digression":
            intent, ways = self._pick(tuple(one for one in self._line.digressions if one[1]))
            return (self._wish("plain"),), Wish(intent=intent, opening=self._shuffled(ways))
        return (self._wish(kind),), None

    def _wish(self, kind: str, *, owned: int = 0, found: bool = True) -> Wish:
        slots = tuple(self._line.answers)
        values = {slot: self._value(slot, owned) for slot in slots}
        answers = {slot: self._answers(slot, values[slot]) for slot in slots}
        corrected: tuple[str, ...] = ()
        taken_back = ""
        opening = self._shuffled(self._line.opening)
        at_once = kind in {"all_at_once", "correction_at_once"}
        if kind in {"correction", "correction_at_once"}:
            slot = self._pick(slots)
            corrected = (slot,)
            taken_back = self._pick(self._common.corrections).format(
                a=self._other(slot, values[slot])[1], v=values[slot][1]
            )
            answers[slot] = (self._pick(self._line.answers[slot]).format(v=taken_back), *answers[slot])
        if at_once:
            said = {slot: values[slot][1] for slot in slots}
            if corrected:
                said[corrected[0]] = taken_back if corrected[0] == slots[-1] else said[corrected[0]]
                corrected = (slots[-1],) if corrected[0] == slots[-1] else ()
            opening = (self._pick(self._line.opening_with).format(**said), *opening)
        if kind == "remark":
            opening = (f"{self._pick(self._common.remarks)} {opening[0]}", *opening[1:])
            answers = {slot: (f"{ways[0]} {self._pick(self._common.asides)}", *ways) for slot, ways in answers.items()}
        at_read_back, says, changed = self._read_back(kind, values)
        return Wish(
            intent=self._line.intent,
            opening=opening,
            goal={slot: value for slot, (value, _) in values.items()},
            answers=answers,
            corrected=corrected,
            at_read_back=at_read_back,
            says_at_read_back=says,
            changed=changed,
            found=found,
        )

    def _read_back(self, kind: str, values: dict[str, Value]) -> tuple[AtReadBack, tuple[str, ...], dict[str, str]]:
        if kind == "refusal":
            return AtReadBack.REFUSE, self._shuffled(self._common.no), {}
        if kind != "change":
            return AtReadBack.AGREE, ("yes",), {}
        slot = list(values)[-1]
        value, spoken = self._other(slot, values[slot])
        return AtReadBack.CHANGE, (self._pick(self._line.changes).format(v=spoken), spoken), {slot: value}

    def _answers(self, slot: str, value: Value) -> tuple[str, ...]:
        """A frame of the line around it, then the bare value: people say it plainly the second time."""
        return (self._pick(self._line.answers[slot]).format(v=value[1]), value[1])

    def _value(self, slot: str, owned: int) -> Value:
        match slot:
            case "order_number":
                return self._orders[owned], digits_in_words(self._orders[owned], self._dice)
            case "card_digits":
                return self._cards[owned], digits_in_words(self._cards[owned], self._dice)
            case "delivery_day":
                value = self._pick(tuple(_DAYS))
                return value, self._pick(_DAYS[value])
            case "day":
                day = self._today + timedelta(days=self._dice.randint(1, 60))
                return day.isoformat(), self._pick(date_ways(day, self._today))
            case _:
                hour, minute = self._dice.randint(8, 17), self._pick((0, 0, 15, 30, 45))
                return f"{hour:02}:{minute:02}", self._pick(time_ways(hour, minute))

    def _other(self, slot: str, value: Value) -> Value:
        """Another value of the slot, one that the caller may have too."""
        for owned in (1, 0, *range(20)):
            other = self._value(slot, min(owned, 1))
            if other[0] != value[0]:
                return other
        return value

    def _figures(self, length: int) -> str:
        return "".join(self._dice.choice("0123456789") for _ in range(length))

    def _pick(self, ways: tuple[_T, ...]) -> _T:
        return self._dice.choice(ways)

    def _shuffled(self, ways: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self._dice.sample(ways, len(ways)))
