"""What was claimed to the caller and heard by them, so that a later result that says otherwise takes it back. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from voiceagent.conversation.phrase import plain_words
from voiceagent.core.ids import UtteranceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One value of a result, in the words in which it is spoken. `subject` names what was asked, so that two answers to
    the same question can be told from answers to two."""

    subject: str
    field: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """The caller heard `said` in `utterance_id`, and `claim` says otherwise."""

    claim: Claim
    said: str
    utterance_id: UtteranceId


_SHORTEST = 3  # letters: "1" or "on" is in any sentence by chance


class HeardClaims:
    """One call's memory of what its caller was told."""

    def __init__(self) -> None:
        self._heard: dict[tuple[str, str], tuple[str, UtteranceId]] = {}

    def played(self, claims: Iterable[Claim], words: str, utterance_id: UtteranceId) -> None:
        """`words` of an utterance were heard: those of its claims count whose value is among them."""
        heard = _spoken(words)
        for claim in claims:
            if len(claim.value) >= _SHORTEST and _spoken(claim.value) in heard:
                self._heard[claim.subject, claim.field] = (claim.value, utterance_id)

    def contradicted(self, claims: Iterable[Claim]) -> tuple[Contradiction, ...]:
        """What was heard before and is different now, in the order of `claims`."""
        before = [(claim, self._heard.get((claim.subject, claim.field))) for claim in claims]
        return tuple(
            Contradiction(claim=claim, said=heard[0], utterance_id=heard[1])
            for claim, heard in before
            if heard is not None and _spoken(heard[0]) != _spoken(claim.value)
        )


def _spoken(text: str) -> str:
    """Bare words with a space around each, so that only whole words are found in it."""
    return f" {' '.join(plain_words(text))} "
