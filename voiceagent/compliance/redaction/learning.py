"""What a masked turn teaches: a name that was spelled is said as a word next, a code is read back in parts."""

from collections.abc import Iterable
from typing import Final

from voiceagent.compliance.redaction.figures import figure_at
from voiceagent.compliance.redaction.letters import spelled_at
from voiceagent.compliance.redaction.tokens import tokens_of
from voiceagent.compliance.redaction.values import Kind, Known, Span

_NAMES: Final = frozenset({Kind.NAME})
_NUMBERS: Final = frozenset(
    {Kind.CARD, Kind.CVV, Kind.EXPIRY, Kind.IBAN, Kind.SSN, Kind.ACCOUNT, Kind.CODE, Kind.PHONE, Kind.NUMBER}
)
_SHORTEST: Final = 3  # letters and figures: shorter ones are in anything


def learnt(text: str, spans: Iterable[Span]) -> Known:
    """Names and numbers of the masked spans of a text."""
    names: set[str] = set()
    numbers: set[str] = set()
    for span in spans:
        said = text[span.start : span.end]
        if span.kind in _NAMES:
            names |= _names(said)
        elif span.kind in _NUMBERS:
            numbers.add(_digits(said))
    return Known(
        names=frozenset(name for name in names if len(name) >= _SHORTEST),
        numbers=frozenset(number for number in numbers if len(number) >= _SHORTEST),
    )


def _names(said: str) -> set[str]:
    tokens = tokens_of(said)
    names: set[str] = set()
    at = 0
    while at < len(tokens):
        end, letters = spelled_at(tokens, at)
        if len(letters) >= _SHORTEST:
            names.add(letters)
            at = end
            continue
        if tokens[at].is_word:
            names.add(tokens[at].text)
        at += 1
    return names


def _digits(said: str) -> str:
    tokens = tokens_of(said)
    digits, at = "", 0
    while at < len(tokens):
        found = figure_at(tokens, at)
        digits += found.digits if found is not None else ""
        at = found.end if found is not None else at + 1
    return digits
