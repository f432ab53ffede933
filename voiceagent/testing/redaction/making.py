"""Made calls: small talk, a secret or two in some way of saying it, or benign numbers alone. The same for a seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from voiceagent.testing.redaction import benign, phrasings
from voiceagent.testing.redaction.phrasings import Phrasing
from voiceagent.testing.redaction.secrets import Secret, make_secret
from voiceagent.testing.redaction.utterance import Word, number, plain, secret

ENTITIES: Final = tuple(phrasings.DEVELOPMENT)
_ASKED, _SPLIT, _READ_BACK = 0.55, 0.2, 0.35
_GO_ON: Final = ("Mm-hm.", "Go on.", "Yes?")
_SPLIT_ENTITIES: Final = frozenset({"card", "phone"})
_READ_BACK_ENTITIES: Final = frozenset({"card", "phone", "account", "ssn"})


@dataclass(frozen=True, slots=True)
class Turn:
    """`secret`: which of the call's secrets is in it, -1 for none."""

    by_agent: bool
    words: tuple[Word, ...]
    secret: int = -1


@dataclass(frozen=True, slots=True)
class MadeCall:
    """entities: of each secret what it is. known: names that a system tells about the caller before they talk."""

    turns: tuple[Turn, ...]
    entities: tuple[str, ...]
    known: tuple[str, ...] = ()


def make_calls(count: int, seed: int, *, hidden: bool) -> Iterator[MadeCall]:
    """`count` calls: a third with benign numbers only, the others with one or two secrets, entity after entity."""
    dice = Random(f"{seed} {hidden}")  # noqa: S311 - examples, not secrets
    for at in range(count):
        if at % 3 == 2:
            yield _benign_call(dice, hidden=hidden)
        else:
            yield _call(ENTITIES[(at - at // 3) % len(ENTITIES)], dice, hidden=hidden)


def _call(entity: str, dice: Random, *, hidden: bool) -> MadeCall:
    entities = [entity] if entity != "card" or dice.random() < 0.5 else ["card", "cvv"]
    made = [make_secret(name, dice) for name in entities]
    turns = list(_small_talk(dice))
    for at, one in enumerate(made):
        turns += _tell(at, one, _phrasing(one.entity, hidden=hidden), dice)
        turns += _small_talk(dice)
    known = next((one.known for one in made if one.known), ())
    return MadeCall(tuple(turns), tuple(entities), known)


def _phrasing(entity: str, *, hidden: bool) -> Phrasing:
    return (phrasings.HIDDEN if hidden else phrasings.DEVELOPMENT)[entity]


def _tell(at: int, one: Secret, phrasing: Phrasing, dice: Random) -> Iterator[Turn]:
    asked = bool(phrasing.asks) and (dice.random() < _ASKED or (one.entity == "cvv" and dice.random() < _ASKED))
    if asked:
        yield Turn(by_agent=True, words=plain(dice.choice(phrasing.asks)))
    template = dice.choice(phrasing.answers if asked else phrasing.volunteered)
    before, after = template.split("{}")
    said = secret(one.said)
    if one.entity in _SPLIT_ENTITIES and len(said) >= 8 and dice.random() < _SPLIT:
        half = len(said) // 2
        yield Turn(by_agent=False, words=(*plain(before), *said[:half]), secret=at)
        yield Turn(by_agent=True, words=plain(dice.choice(_GO_ON)))
        yield Turn(by_agent=False, words=(*said[half:], *plain(after)), secret=at)
    else:
        yield Turn(by_agent=False, words=(*plain(before), *said, *plain(after)), secret=at)
    if one.entity in _READ_BACK_ENTITIES and dice.random() < _READ_BACK:
        read = secret(" ".join(one.digits))
        yield Turn(by_agent=True, words=(*plain("I have noted"), *read, *plain("is that right?")), secret=at)
    elif one.known and dice.random() < _READ_BACK:
        yield Turn(
            by_agent=True, words=(*plain("Thank you,"), Word(one.known[0].capitalize() + ".", secret=True)), secret=at
        )


def _small_talk(dice: Random) -> Iterator[Turn]:
    yield Turn(by_agent=False, words=plain(dice.choice(phrasings.SMALL_TALK)))
    yield Turn(by_agent=True, words=plain(dice.choice(phrasings.REPLIES)))


def _benign_call(dice: Random, *, hidden: bool) -> MadeCall:
    turns = list(_small_talk(dice))
    for _ in range(3):
        if dice.random() < 0.3:
            turns.append(Turn(by_agent=True, words=plain(dice.choice(benign.ASKED_ORDER))))
            digits = benign.order_said(dice)
            turns.append(Turn(by_agent=False, words=(*plain(dice.choice(("", "it's", "yes"))), *number(digits))))
            continue
        template = dice.choice(benign.HIDDEN if hidden else benign.DEVELOPMENT)
        turns.append(Turn(by_agent=False, words=benign.benign_words(template, dice)))
        if dice.random() < 0.5:
            turns.append(Turn(by_agent=True, words=benign.benign_words(dice.choice(benign.AGENT), dice)))
    return MadeCall(tuple(turns), ())
