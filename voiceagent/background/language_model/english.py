"""Whether a sentence is English, told by its most usual words. Pure.

The rules about what a model may claim know words of English only: in another language they would let everything pass.
Sentences of one or two words are not judged, there is too little in them.
"""

import unicodedata
from typing import Final

from voiceagent.conversation.phrase import plain_words
from voiceagent.conversation.spoken_digits import is_number_word

_SHORT: Final = 2  # words
_USUAL: Final = (  # without those that are words of its neighbours as well
    "about after again and any are arrive arrives back be been before call can could deliver delivery did does from "
    "have him his how it its just let look may my need next not now number okay our out parcel please "
    "cancelled delivered paid refund refunded shipped "
    "sent shall she should some soon sorry sure than thank thanks that the their them then there these "
    "they this those through to today tomorrow too until very were what when where which who why with would yes "
    "yesterday yet you your monday tuesday wednesday thursday friday saturday sunday "
)
_SHARED: Final = {  # usual ones that are words of a neighbour too: English if no neighbour has all of them
    language: frozenset(words.split())
    for language, words in {
        "da": "for at i send",
        "de": "in see so was will",
        "es": "a he has me no",
        "fr": "a on or me",
        "it": "a in me no",
        "nl": "in is me order was we",
        "pt": "a do no",
    }.items()
}
_SHARED_WORDS: Final = frozenset().union(*_SHARED.values())
_USUAL_WORDS: Final = frozenset(_USUAL.split())


def is_english(sentence: str, known: frozenset[str]) -> bool:
    """Whether it has usual words of English, or only words that are `known` (plain, as `plain_words` gives them)."""
    if not all(_is_latin(character) for character in sentence if character.isalpha()):
        return False
    words = [word.partition("'")[0] for word in plain_words(sentence)]
    others = [word for word in words if word.isalpha() and not is_number_word(word)]
    if len(others) <= _SHORT or not _USUAL_WORDS.isdisjoint(others) or known.issuperset(others):
        return True
    shared = _SHARED_WORDS.intersection(others)
    return bool(shared) and not any(words.issuperset(shared) for words in _SHARED.values())


def _is_latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN")
