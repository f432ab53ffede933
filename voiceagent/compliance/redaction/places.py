"""Street addresses: a house number and a street, or all of the answer to a question for the address."""

from collections.abc import Iterator
from typing import Final

from voiceagent.compliance.redaction.figures import figure_at
from voiceagent.compliance.redaction.tokens import Tokens, text_at, words
from voiceagent.compliance.redaction.values import Context, Kind

_STREETS: Final = words(
    "street road avenue lane drive close court place square boulevard terrace crescent gardens grove mews parade"
    " rise way st rd ave blvd ln dr hill row walk strasse straße highway parkway wharf quay"
)
_NO_STREET: Final = words(
    "minute minutes hour hours day days week weeks month months year years mile miles by the a in on of from to"
    " percent and or way order parcel parcels is was are it i you we for at with my your their delivery item items"
    " long more pm am o'clock people times between any other same best only no one left"
)
_FLAT: Final = frozenset({"flat", "apartment", "apt", "unit", "suite", "house"})
_MOST_NAME: Final = 3  # words of a street's name
_COURTESY: Final = words(
    "yes yeah sure okay ok um uh it's its it is my address that's so the well of course i live at on in we're i'm now"
)
_MOST_WORDS: Final = 14

Found = tuple[int, int, Kind]


def addresses_in(tokens: Tokens, taken: list[bool], context: Context) -> Iterator[Found]:
    """(first token, end, ADDRESS) of every street with its number."""
    found = False
    for at in range(len(tokens)):
        figure = None if taken[at] else figure_at(tokens, at)
        end = _street_end(tokens, figure.end) if figure is not None and figure.sure else None
        if end is not None and not any(taken[at:end]):
            found = True
            yield _with_flat(tokens, at), _with_rest(tokens, end, context), Kind.ADDRESS
    if context.asked is Kind.ADDRESS and not context.by_agent and not found:
        yield from _answer(tokens, taken)


def _street_end(tokens: Tokens, at: int) -> int | None:
    """Where the street ends whose name begins here."""
    if figure_at(tokens, at - 1) is None:
        return None
    letter = int(len(text_at(tokens, at)) == 1 and text_at(tokens, at) in "abcdef" and text_at(tokens, at + 1) != "")
    for names in range(1, _MOST_NAME + 1):
        end = at + letter + names
        name = tokens[at + letter : end]
        if len(name) < names or not all(token.is_word and token.text not in _NO_STREET for token in name):
            return None
        if text_at(tokens, end) in _STREETS:
            return end + 1
    return None


def _with_flat(tokens: Tokens, at: int) -> int:
    """The flat in front of the house number belongs to it: "flat two, 14 mill lane"."""
    for back in range(1, 6):
        if text_at(tokens, at - back) in _FLAT:
            return at - back
    return at


def _with_rest(tokens: Tokens, end: int, context: Context) -> int:
    """Behind the street of an address that was asked for comes the town."""
    if context.asked is not Kind.ADDRESS or context.by_agent:
        return end
    while end < len(tokens) and not tokens[end].is_mark:
        end += 1
    return end


def _answer(tokens: Tokens, taken: list[bool]) -> Iterator[Found]:
    if any(token.is_mark for token in tokens):
        return
    said = [at for at, token in enumerate(tokens) if not taken[at] and token.text not in _COURTESY]
    tells = any((figure := figure_at(tokens, at)) is not None and figure.sure for at in said) or any(
        token.text in _STREETS for token in tokens
    )
    if said and tells and len(said) <= _MOST_WORDS:
        yield said[0], said[-1] + 1, Kind.ADDRESS
