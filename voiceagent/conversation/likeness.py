"""Which intent a text is most like, when it is none of its phrases word for word. Pure.

Every word of the profile's phrases is evidence, the more the fewer intents use it: "blocked" tells more than "my". A
phrase counts by its words that were heard less half of those that were not, so one word may be wrong or missing; words
beside it cost nothing, for people tell more than is asked. What is nearly as much like another intent is neither.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from voiceagent.conversation.corrections import FILLERS, POLITE
from voiceagent.conversation.phrase import Word, parse_phrase, plain_words, words_in
from voiceagent.conversation.profile import AgentProfile

_LEAST: Final = 1.2  # evidence below this is none: rather one telling word than five of everybody's
_LEAD: Final = 0.25  # on the next intent
_MISSING: Final = 0.5
_BESIDE: Final = 0.35  # a telling word of another phrase of the same intent
_ALIKE: Final = 0.78  # difflib's ratio: "parcels" and "parcel", "order" and "orders", not "order" and "older"
_ALIKE_FROM: Final = 5  # letters; short words are too easily like each other
_EVERYDAY: Final = """
a an the my your our is are was be am do does did it its it's that that's this i i'm i'd i've me you we us they to of on
in for from at with and or but not no can could will would shall should may might want like need have has had get got go
going please so just about there here what what's when where how why who which if any some all one
"""
_COMMON: Final = frozenset((*_EVERYDAY.split(), *(word for form in (*FILLERS, *POLITE) for word in plain_words(form))))
_LIGHT: Final = 0.2  # what a common word weighs of a telling one

Words = Sequence[str]


@dataclass(frozen=True, slots=True)
class _Phrase:
    intent: str
    required: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Wording:
    """What a profile's intents are recognised by."""

    phrases: tuple[_Phrase, ...]
    vocabulary: Mapping[str, frozenset[str]]  # intent -> all words of its phrases
    weights: Mapping[str, float]


def likely_intent(words: Words, profile: AgentProfile) -> str:
    """The intent that the words are like, "" when they are like none or like two."""
    wording = _wording(tuple((intent.name, intent.phrases) for intent in profile.intents))
    heard = {known: near for word in words for known, near in _known(word, wording)}
    scores: dict[str, float] = {}
    for phrase in wording.phrases:
        score = _evidence(phrase, heard, wording)
        scores[phrase.intent] = max(score, scores.get(phrase.intent, 0.0))
    ranked = sorted(scores, key=lambda name: -scores[name])
    if not ranked or scores[ranked[0]] < _LEAST:
        return ""
    following = scores[ranked[1]] if len(ranked) > 1 else 0.0
    return ranked[0] if scores[ranked[0]] - following >= _LEAD else ""


def telling_words(intent: str, profile: AgentProfile) -> tuple[frozenset[str], frozenset[str]]:
    """The words of an intent's phrases: (those that everybody uses apart, all)."""
    wording = _wording(tuple((intent.name, intent.phrases) for intent in profile.intents))
    return wording.vocabulary[intent] - _COMMON, wording.vocabulary[intent]


def _evidence(phrase: _Phrase, heard: Mapping[str, float], wording: _Wording) -> float:
    weights = wording.weights
    found = sum(weights[word] * heard[word] for word in phrase.required if word in heard)
    missing = sum(weights[word] for word in phrase.required if word not in heard)
    beside = (wording.vocabulary[phrase.intent] & heard.keys()) - phrase.required
    return found - _MISSING * missing + _BESIDE * sum(weights[word] for word in beside)


def _known(word: str, wording: _Wording) -> tuple[tuple[str, float], ...]:
    """The profile's words that this one may be, with how near it is to them."""
    if word in wording.weights:
        return ((word, 1.0),)
    if len(word) < _ALIKE_FROM:
        return ()
    alike = ((known, closeness(word, known)) for known in wording.weights if len(known) >= _ALIKE_FROM)
    return tuple((known, near) for known, near in alike if near >= _ALIKE)


@lru_cache(maxsize=65_536)
def closeness(one: str, other: str) -> float:
    """How much of two words is the same, in [0, 1]."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


@lru_cache(maxsize=64)
def _wording(intents: tuple[tuple[str, tuple[str, ...]], ...]) -> _Wording:
    phrases, vocabulary = [], {}
    for name, said in intents:
        parsed = [parse_phrase(phrase) for phrase in said]
        phrases += [_Phrase(name, frozenset(part.text for part in parts if isinstance(part, Word))) for parts in parsed]
        vocabulary[name] = frozenset(word for parts in parsed for word in words_in(parts))
    everything = frozenset[str]().union(*vocabulary.values())
    weights = {word: _weight(word, vocabulary) for word in everything}
    return _Wording(tuple(phrase for phrase in phrases if phrase.required), vocabulary, weights)


def _weight(word: str, vocabulary: Mapping[str, frozenset[str]]) -> float:
    users = sum(word in words for words in vocabulary.values())
    telling = math.log((1 + len(vocabulary)) / users)
    return telling * _LIGHT if word in _COMMON else telling
