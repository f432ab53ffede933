"""Numbers that a text calls secret, however short: CVV, PIN, sort code, social security number, expiry date."""

from collections.abc import Iterator
from typing import Final

from voiceagent.compliance.redaction.asking import asked_for
from voiceagent.compliance.redaction.runs import Run
from voiceagent.compliance.redaction.tokens import Tokens
from voiceagent.compliance.redaction.values import Kind

_BEFORE, _AFTER = 9, 7  # words between a number and what it is called
_SHORT: Final = frozenset({Kind.CVV, Kind.CODE, Kind.SSN, Kind.ACCOUNT, Kind.EXPIRY, Kind.CARD})
_LONG: Final = _SHORT | {Kind.PHONE, Kind.IBAN}


def named_before(tokens: Tokens, run: Run) -> Kind | None:
    """What the words before a run call it: those nearest to it count."""
    words: list[str] = []
    for place in range(run.at - 1, max(-1, run.at - 1 - _BEFORE), -1):
        if tokens[place].is_typed:
            break
        words.insert(0, tokens[place].text)
        found = asked_for(" ".join(words))
        if found is not None:
            return found
    return None


def named_after(tokens: Tokens, run: Run) -> Kind | None:
    """ "one two three is the security code"."""
    words = [token.text for token in tokens[run.end : run.end + _AFTER]]
    if not words or words[0] not in {"is", "was", "that's", "that", "for", "as"}:
        return None
    return asked_for(" ".join(words))


def is_secret(kind: Kind | None) -> bool:
    """Whether even a short number of that name is masked."""
    return kind in _SHORT


def kinds_for(tokens: Tokens, runs: list[Run]) -> Iterator[tuple[Run, Kind | None]]:
    """Each run and what it is called in its own text."""
    for run in runs:
        yield run, named_before(tokens, run) or named_after(tokens, run)
