"""What is said not to be: "i can't do friday", "any day but friday", "don't block my card". Pure.

Only for words that are no phrase of the profile: "i can't find my card" may well be one.
"""

from collections.abc import Collection, Sequence
from typing import Final

_NOT: Final = frozenset({"not", "don't", "can't", "cannot", "won't", "never", "wasn't", "isn't", "aren't", "doesn't"})
_EXCEPT: Final = frozenset({"except", "but"})
_ANY: Final = frozenset({"any", "every", "all", "anything", "anytime", "everything", "always"})
_REACH: Final = 3  # words between a "not" and its value
_ANY_REACH: Final = 3  # "any other day but"
_OTHERWISE: Final = frozenset({"it's", "that's", "is", "but", "so", "no", "rather", "make", "know", "mind", "sure"})
_NO_WISH: Final = frozenset({"know", "sure", "have", "see", "find", "get", "understand", "remember", "mind"})

Words = Sequence[str]


def denied(words: Words, at: int, start: int = 0) -> bool:
    """Whether the value that begins at `at` is one that is not wanted. start: where the words begin that count."""
    for place in range(at - 1, max(start, at - _REACH) - 1, -1):
        if words[place] in _NOT:
            return True
        if words[place] in _EXCEPT and not _ANY.isdisjoint(words[max(start, place - _ANY_REACH) : place]):
            return True
        if words[place] == "except":
            return True
        if words[place] in _OTHERWISE:
            return False
    return False


def unwished(words: Words, telling: Collection[str], own: Collection[str]) -> bool:
    """Whether a "not" stands in front of a telling word of an intent whose own phrases have no such "not".

    "I don't know where my parcel is" and "I can't find my card" say what is wrong, not what is not wanted.
    """
    for at, word in enumerate(words):
        behind = words[at + 1 : at + 2 + _REACH]
        if word not in _NOT or word in own or not behind or behind[0] in _NO_WISH:
            continue
        if not set(behind).isdisjoint(telling):
            return True
    return False
