"""What counts as a yes or a no to a read-back. Pure, and stricter than elsewhere in a talk: a yes changes the world.

"No, it's okay" is no yes, and neither is "okay" or "right", which people say while they listen. "That's right" is one
lost word away from "that's not right", "do it" from "don't do it": such a yes has to be heard twice (decision 0021).
"""

from typing import Final

from voiceagent.conversation.corrections import HESITATIONS, POLITE, YES_FORMS
from voiceagent.conversation.phrase import plain_words

_LISTENING: Final = frozenset({"okay", "right"})
YES: Final = (
    *(form for form in YES_FORMS if form not in _LISTENING),
    "yes that's correct",
    "yes do that",
    "yes please do",
    "yes you can",
    "yeah that's right",
    "yes exactly",
    "go ahead",
    "yes go ahead",
    "yeah go ahead",
    "please do",
    "do it",
)
_YES: Final = frozenset(tuple(plain_words(form)) for form in YES)
_SURE: Final = frozenset({"yes", "yeah", "yep", "yup"})
_REFUSING: Final = frozenset(
    {"no", "nope", "nah", "not", "never", "don't", "wrong", "wait", "stop", "rather", "sorry", "actually", "hold"}
)
_BESIDE: Final = frozenset(word for form in (*HESITATIONS, *POLITE) for word in plain_words(form))


def refuses(text: str) -> bool:
    """Whether any word takes something back: what else was said does not matter then."""
    return not _REFUSING.isdisjoint(text.split())


def confirms(text: str) -> bool:
    """A yes and nothing but a yes, hesitations and courtesies apart."""
    words = tuple(text.split())
    bare = tuple(word for word in words if word not in _BESIDE)
    return not refuses(text) and (words in _YES or bare in _YES)


def surely_confirms(text: str) -> bool:
    """A yes that no lost word can have made of a no: it has the word in it."""
    return confirms(text) and not _SURE.isdisjoint(text.split())


def begins_with_yes(text: str) -> bool:
    """A yes with something behind it: "yes, on Monday"."""
    bare = [word for word in text.split() if word not in _BESIDE]
    return bool(bare) and bare[0] in _SURE and not refuses(text)
