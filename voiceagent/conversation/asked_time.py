"""Time that the caller asks for: "hold on", "give me a minute", "thirty seconds". Pure.

Every caller may ask for it, so no profile lists these words; what of them can be heard is in `speech.line_rules`.
"""

import re
from typing import Final

from voiceagent.conversation.spoken_digits import DIGITS, TEENS, TENS
from voiceagent.conversation.spoken_ordinals import cardinal_at
from voiceagent.conversation.spoken_pattern import BEFORE, BEHIND, either

MOST_S: Final = 300.0  # who needs longer is better called back: a line is taken all the while
_LEAST_S: Final = 10.0  # "two seconds" is a manner of speaking
_LONGEST: Final = 16  # words; who says more wants more than time
_SECONDS: Final = {"sec": 1, "second": 1, "min": 60, "minute": 60}  # a moment has no length
_SOME: Final = {"half": 0.5, "couple": 2.0, "few": 3.0, "a": 1.0, "an": 1.0, "another": 1.0}

_ONES: Final = either(word for word, figure in DIGITS.items() if figure != "0")
_NUMBER: Final = rf"(?:{either(TENS)}(?: {_ONES})?|{either(TEENS)}|{_ONES}|\d{{1,3}})"
_AMOUNT: Final = rf"(?:half a|a half|a couple(?: of)?|a few|another(?: {_NUMBER})?|an?|{_NUMBER})"
_UNIT: Final = r"(?:sec|second|moment|min|minute)s?"
_BARE: Final = rf"{_AMOUNT}(?: more)? {_UNIT}(?: or (?:so|two))?"
_SPAN: Final = rf"(?:{_BARE}|(?:a (?:little|bit) |some )?(?:more )?time)"
_YOU: Final = r"(?:(?:can|could|would|will) you )?(?:please )?(?:just )?"
_HOLD: Final = rf"{_YOU}(?:hold on|hang on|hold the line|bear with me)"
_GIVE: Final = (
    rf"(?:{_YOU}(?:give me|wait)|(?:can|could|may) i have|let me have|i(?:'ll)?(?: just)? need|just)(?: for)?"
)
_ASK: Final = rf"(?:{_HOLD}(?: (?:for |just )?{_SPAN})?|{_GIVE} {_SPAN}|{_BARE})"
_WHY: Final = rf"(?:(?:{_HOLD}|{_GIVE})(?: for)? {_SPAN} (?:to|while|until|so) .+|{_HOLD} while i .+)"
_ASKED: Final = re.compile(rf"{BEFORE}(?:{_ASK}(?: {_ASK})?|{_WHY})(?: for me)?{BEHIND}")
_NAMED: Final = re.compile(rf"\b(?P<amount>{_AMOUNT})(?: more)? (?P<unit>[a-z]+?)s?(?P<two> or two)?\b")


def asked_time(text: str, usual_s: float) -> float | None:
    """The seconds that the caller asks for, at most MOST_S; `usual_s` where they named none. None: they ask for none.

    Nothing but that may be said: "hold on, where is my order" asks for an order.
    """
    if len(text.split()) > _LONGEST or not _ASKED.fullmatch(text):
        return None
    named = max((_seconds(found) for found in _NAMED.finditer(text)), default=0.0)
    return min(named if named >= _LEAST_S else usual_s, MOST_S)


def _seconds(found: re.Match[str]) -> float:
    amount = 2.0 if found["two"] else _number(found["amount"].split())
    return amount * _SECONDS.get(found["unit"], 0)


def _number(words: list[str]) -> float:
    said = cardinal_at(words, 0) or cardinal_at(words, 1)  # "another two minutes"
    if said is not None:
        return float(said[1])
    return next((number for word, number in _SOME.items() if word in words), 0.0) if words else 0.0
