"""A made dialogue: what a caller wants, in their words, and what has to come of it. Plain values, kept as JSON."""

from enum import StrEnum

import msgspec


class AtReadBack(StrEnum):
    """What the caller does when what they asked for is read back to them, rightly."""

    AGREE = "agree"
    REFUSE = "refuse"
    CHANGE = "change"  # they want another value after all


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a caller wants.

    opening: the ways of asking for it, the next one when it has to be said again. answers: the same by slot. goal: the
    values that have to arrive, "" where any will do. corrected: slots whose first answer takes something back.
    """

    intent: str
    opening: tuple[str, ...]
    goal: dict[str, str] = {}
    answers: dict[str, tuple[str, ...]] = {}
    corrected: tuple[str, ...] = ()
    at_read_back: AtReadBack = AtReadBack.AGREE
    says_at_read_back: tuple[str, ...] = ("yes",)
    changed: dict[str, str] = {}  # the values after CHANGE
    found: bool = True  # False: there is no such thing, and the caller has to be told

    @property
    def final(self) -> dict[str, str]:
        """What is wanted in the end."""
        return {**self.goal, **self.changed}


class Dialogue(msgspec.Struct, frozen=True, kw_only=True):
    """One call. `digression` is asked instead of the answer to the first question."""

    dialogue_id: str
    line: str
    kind: str
    profile: str
    today: str  # YYYY-MM-DD
    wishes: tuple[Wish, ...]
    digression: Wish | None = None
    orders: tuple[str, ...] = ()  # what the caller has in the CRM
    cards: tuple[str, ...] = ()
    yes: tuple[str, ...] = ("yes",)
    no: tuple[str, ...] = ("no",)
    goodbye: str = "goodbye"
