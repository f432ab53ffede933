"""The values of redaction: what is masked, in which context, and what comes of it."""

from dataclasses import dataclass, field
from enum import StrEnum

from voiceagent.conversation.profile import RedactionLevel


class Kind(StrEnum):
    """What a masked span is taken for. A label only: what is masked does not hang on it."""

    CARD = "card"
    CVV = "cvv"
    EXPIRY = "expiry"
    IBAN = "iban"
    SSN = "ssn"
    ACCOUNT = "account"
    CODE = "code"  # PIN, password, one-time code
    PHONE = "phone"
    NUMBER = "number"
    EMAIL = "email"
    URL = "url"
    BIRTH = "birth"
    POSTCODE = "postcode"
    ADDRESS = "address"
    NAME = "name"
    KEY = "key"  # pressed on the phone
    REFERENCE = "reference"  # an order number and its like: may be asked for, is never masked for being one

    @property
    def mark(self) -> str:
        """What stands in the text instead: "[CARD]"."""
        return f"[{self.name}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Values known of this call, lower-case: names as words, numbers as figures."""

    names: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()

    def and_also(self, other: "Known") -> "Known":
        return Known(names=self.names | other.names, numbers=self.numbers | other.numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Where a text was said. asked: what the speaker was asked for. carried: figures at the end of their last turn.

    by_agent: our own words, which read back but do not answer. mentioned: a card was talked about in the call.
    """

    level: RedactionLevel = RedactionLevel.BALANCED
    asked: Kind | None = None
    known: Known = field(default_factory=Known)
    carried: str = ""
    by_agent: bool = False
    mentioned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Characters [start, end) of a text and what they are taken for."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """The masked text; `spans` lie in the text as it was said, `marks` in the masked one, in the same order."""

    text: str
    spans: tuple[Span, ...] = ()
    marks: tuple[Span, ...] = ()
