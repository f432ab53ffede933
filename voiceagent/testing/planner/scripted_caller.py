"""A caller who answers what is asked, says it again in other words when asked again, and notices wrong values. Pure.

It hears acts and values, not words.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from voiceagent.testing.planner.dialogue import AtReadBack, Dialogue, Wish

_MOST_TURNS: Final = 24
_MOST_IN_VAIN: Final = 5  # turns in a row without getting any further; then people hang up


class Act(StrEnum):
    """What the agent did, as anybody hears it from the words."""

    GREETED = "greeted"
    ASKED = "asked"
    READ_BACK = "read_back"
    TOLD = "told"  # what a tool found or did
    SAID = "said"
    DECLINED = "declined"
    NOT_UNDERSTOOD = "not_understood"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One answer of the agent. `slot` of ASKED; `values` of READ_BACK and TOLD; `found` of TOLD."""

    act: Act
    intent: str = ""
    slot: str = ""
    values: dict[str, str] = field(default_factory=dict)
    found: bool = True


class ScriptedCaller:
    """One call's caller. `fulfilled` counts the wishes that came true."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._wishes = list(dialogue.wishes)
        self._digression = dialogue.digression
        self._said: dict[str, int] = {}  # how often something was said already
        self._last = ""
        self._in_vain = 0
        self._changed = False
        self.turns = 0
        self.fulfilled = 0

    @property
    def satisfied(self) -> bool:
        return not self._wishes

    def next(self, heard: Heard) -> str:
        """What the caller says to it, "" when they hang up."""
        self.turns += 1
        self._in_vain = 0 if self._further(heard) else self._in_vain + 1
        if heard.act is Act.LEFT or self.turns > _MOST_TURNS or self._in_vain > _MOST_IN_VAIN:
            return ""
        said = self._answer(heard) if self._wishes else ""
        self._last = said or self._dialogue.goodbye
        return self._last if said or self._said_goodbyes() < 3 else ""

    def _further(self, heard: Heard) -> bool:
        """Whether it goes on: a question, or the right thing was understood."""
        if not self._wishes or heard.act is Act.ASKED:
            return True
        return heard.act is Act.READ_BACK and heard.values == self._goal(self._wishes[0])

    def _said_goodbyes(self) -> int:
        self._said["goodbye"] = self._said.get("goodbye", 0) + 1
        return self._said["goodbye"]

    def _answer(self, heard: Heard) -> str:
        wish = self._wishes[0]
        match heard.act:
            case Act.ASKED if heard.intent == wish.intent and heard.slot in wish.answers:
                return self._to_question(wish, heard.slot)
            case Act.READ_BACK:
                return self._to_read_back(wish, heard)
            case Act.TOLD if heard.intent == wish.intent and heard.values == self._goal(wish):
                return self._came_true() if heard.found is wish.found else self._ask(wish)
            case Act.TOLD if heard.intent == wish.intent and wish.answers:
                return self._correct(wish, heard)
            case Act.SAID if heard.intent == wish.intent:
                return self._came_true()
            case Act.DECLINED if wish.at_read_back is AtReadBack.REFUSE and self._said.get("read_back"):
                return self._came_true()
            case Act.NOT_UNDERSTOOD if self._last:
                return self._again(wish)
            case _:
                return self._ask(wish)

    def _came_true(self) -> str:
        self._wishes.pop(0)
        self.fulfilled += 1
        self._in_vain = 0
        self._changed = False
        self._said.clear()
        return self._ask(self._wishes[0]) if self._wishes else ""

    def _goal(self, wish: Wish) -> dict[str, str]:
        return wish.final if self._changed else wish.goal

    def _ask(self, wish: Wish) -> str:
        return self._take("opening", wish.opening)

    def _to_question(self, wish: Wish, slot: str) -> str:
        if self._digression is not None:
            asked, self._digression = self._digression, None
            self._wishes.insert(0, asked)
            return self._ask(asked)
        if self._changed and slot in wish.changed:
            return wish.says_at_read_back[-1]
        return self._take(slot, wish.answers[slot])

    def _to_read_back(self, wish: Wish, heard: Heard) -> str:
        if heard.intent != wish.intent:
            return self._take("no", self._dialogue.no)
        if heard.values != self._goal(wish):
            return self._correct(wish, heard)
        if wish.at_read_back is AtReadBack.AGREE or self._changed:
            return self._take("yes", self._dialogue.yes)
        self._changed = wish.at_read_back is AtReadBack.CHANGE
        return self._take("read_back", wish.says_at_read_back)

    def _correct(self, wish: Wish, heard: Heard) -> str:
        """A wrong value was heard: say the right one, in its plainest words."""
        goal = self._goal(wish)
        wrong = next((slot for slot in goal if heard.values.get(slot) != goal[slot]), next(iter(goal), ""))
        plain = wish.says_at_read_back[-1] if self._changed and wrong in wish.changed else wish.answers[wrong][-1]
        return f"no {plain}"

    def _again(self, wish: Wish) -> str:
        """Say the same in other words where there are some."""
        for name, ways in (("opening", wish.opening), *wish.answers.items()):
            if self._last in ways:
                return self._take(name, ways)
        return self._last

    def _take(self, name: str, ways: tuple[str, ...]) -> str:
        count = self._said.get(name, 0)
        self._said[name] = count + 1
        return ways[min(count, len(ways) - 1)]
