"""What the caller was asked last, and for how many turns an answer to it may come. Pure, one per call."""

import re
from typing import Final

from voiceagent.compliance.redaction.asking import announced, asked_for
from voiceagent.compliance.redaction.values import Kind

_TURNS: Final = 2  # an answer may take two: "hold on, I have to find it"
_AT_ONCE: Final = frozenset({Kind.NAME, Kind.ADDRESS, Kind.EMAIL, Kind.CVV, Kind.POSTCODE})  # not said in two turns
_SENTENCE: Final = re.compile(r"[^.?!]+[.?!]*")
_ASKING: Final = re.compile(
    r"\?|\b(please|tell|say|give|enter|type|spell|what|which|could|can|may|need|read|confirm|repeat|provide)\b"
)


class Questions:
    """The mask window: opened by a question of ours, or by what the caller announces."""

    def __init__(self) -> None:
        self._asked: Kind | None = None
        self._turns = 0

    @property
    def asked(self) -> Kind | None:
        return self._asked if self._turns > 0 else None

    def agent_said(self, text: str) -> None:
        """The last thing that a text asks for opens a window; a text that asks for nothing leaves it open."""
        asked = [asked_for(part) for part in _SENTENCE.findall(text.lower()) if _ASKING.search(part)]
        found = [kind for kind in asked if kind is not None]
        if found:
            self._open(found[-1])

    def caller_said(self, text: str, given: frozenset[Kind]) -> None:
        """`given`: what was masked in the turn. Behind a card's number comes its security code."""
        self._turns = 0 if self._asked in given & _AT_ONCE else self._turns - 1
        coming = announced(text)
        if coming is not None and coming not in given:
            self._open(coming)

    def _open(self, kind: Kind) -> None:
        self._asked, self._turns = kind, _TURNS
