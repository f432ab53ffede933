"""The offer to call back: a yes, a no or another number, read back before it counts. Pure.

offered --yes--> agreed              another number --> checking --yes--> agreed
offered --other number--> asking --digits--> checking --no--> asking
every question --no--> declined (checking: asks again); three answers that are none --> declined

A read-back wants to be sure of a yes; an offer has to be sure of a no as well, for it turns the caller away: "sorry?",
"hold on" and "yes please, but not before six" are neither and are asked again.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from voiceagent.conversation.profile import CallbackTexts
from voiceagent.conversation.read_back import begins_with_yes, confirms, refuses
from voiceagent.conversation.slot_values import NO
from voiceagent.conversation.spoken_digits import is_number_word, spelled_out, spoken_digits

PLUS: Final = "plus"  # in front of a number with its country
OTHER_NUMBER: Final = ("another number", "a different number", "on another number", "on a different number")
MOST_DIGITS: Final = 15  # E.164
_FEWEST_DIGITS: Final = 5
_MISSES: Final = 3  # who has not answered by then does not want to be called
_NUMBER: Final = re.compile(rf"\+?[0-9]{{{_FEWEST_DIGITS},{MOST_DIGITS}}}")


class Stage(StrEnum):
    OFFERED = "offered"  # shall we call you back on this number?
    ASKING = "asking"  # on which number?
    CHECKING = "checking"  # have we heard the number right?
    AGREED = "agreed"
    DECLINED = "declined"


OVER: Final = frozenset({Stage.AGREED, Stage.DECLINED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Where the offer stands, and what is to be said now. `number` is dialable, "" while none is known."""

    stage: Stage
    say: str
    number: str = ""
    misses: int = 0
    understood: bool = True

    @property
    def over(self) -> bool:
        return self.stage in OVER


def spoken_number(number: str) -> str:
    """Figures for a voice: "+4930" is "plus 4 9 3 0"."""
    return ("plus " if number.startswith("+") else "") + spelled_out(number.lstrip("+"))


def make_offer(texts: CallbackTexts, caller: str) -> Offer:
    """Ask. `caller` is the number from signalling: without a dialable one the caller has to say one."""
    if _NUMBER.fullmatch(caller):
        return Offer(stage=Stage.OFFERED, say=texts.offer, number=caller)
    return Offer(stage=Stage.ASKING, say=texts.which)


def answer(offer: Offer, texts: CallbackTexts, text: str, *, asked: str) -> Offer:
    """The offer after the caller has said `text`; a yes counts only to the question that was heard to its end."""
    number = _number(text)
    if number and offer.stage in {Stage.OFFERED, Stage.ASKING, Stage.CHECKING}:
        return _check(texts, number, offer)
    if offer.stage is not Stage.ASKING and asked.endswith(offer.say) and confirms(text):
        return _agreed(texts, offer.number)
    if _wants_other(offer, text):
        return Offer(stage=Stage.ASKING, say=texts.which)
    if text in NO:
        return _refused(offer, texts)
    if offer.misses + 1 >= _MISSES:
        return Offer(stage=Stage.DECLINED, say=texts.declined, understood=False)
    return replace(offer, misses=offer.misses + 1, understood=False)


def unfinished(text: str) -> bool:
    """Whether more figures may follow: people pause between the groups of a number."""
    words = text.split()
    return bool(words) and is_number_word(words[-1]) and len(_digits(text)) < MOST_DIGITS


def _check(texts: CallbackTexts, number: str, offer: Offer) -> Offer:
    if offer.stage is Stage.CHECKING and number == offer.number:
        return _agreed(texts, number)  # said again instead of a yes
    say = texts.check.replace("{number}", spoken_number(number))
    return Offer(stage=Stage.CHECKING, say=say, number=number)


def _agreed(texts: CallbackTexts, number: str) -> Offer:
    return Offer(stage=Stage.AGREED, say=texts.agreed.replace("{number}", spoken_number(number)), number=number)


def _refused(offer: Offer, texts: CallbackTexts) -> Offer:
    if offer.stage is Stage.CHECKING and offer.misses + 1 < _MISSES:
        return Offer(stage=Stage.ASKING, say=texts.which, misses=offer.misses + 1)
    return Offer(stage=Stage.DECLINED, say=texts.declined)


def _digits(text: str) -> str:
    digits = spoken_digits(text.split())
    return digits if len(digits) <= MOST_DIGITS else ""


def _number(text: str) -> str:
    """The number that was said, dialable; "" when none was."""
    digits, words = _digits(text), text.split()
    if len(digits) < _FEWEST_DIGITS:
        return ""
    first = next(at for at, word in enumerate(words) if is_number_word(word))
    return f"+{digits}" if PLUS in words[:first][-1:] else digits


def _wants_other(offer: Offer, text: str) -> bool:
    return offer.stage is Stage.OFFERED and any(text.endswith(form) for form in OTHER_NUMBER)


def settles(offer: Offer, text: str) -> bool:
    """Whether `text` is an answer with nothing missing."""
    return text in NO or confirms(text) or bool(_number(text)) or _wants_other(offer, text)


def counts_as_answer(offer: Offer, text: str) -> bool:
    """Whether `text` says something to the offer, so that it is no other wish."""
    return settles(offer, text) or refuses(text) or begins_with_yes(text)
