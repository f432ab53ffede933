"""A caller who asks whether this is a person: "are you a robot?", "am I talking to a human?". Pure.

The answer is fixed, whoever else answers in a call (AI Act Art. 50(1) and (5)), so it is found here by rule. Words that
only name such things ("a person, please", "the machine is broken") ask nothing of us.
"""

import re
from typing import Final

_MACHINE: Final = (
    r"robots?|(?:chat|voice) ?bots?|bots?|machines?|computers?|computer (?:program|voice)|programs?|software"
    r"|ai|a i|ai (?:assistant|agent|system|voice)|artificial(?: intelligence)?|automated(?: (?:system|voice|service))?"
    r"|voice assistant|virtual(?: (?:assistant|agent))?|recordings?|recorded(?: (?:voice|message))?"
    r"|synthetic(?: voice)?|chat ?gpt|siri|alexa|language model"
)
_PERSON: Final = (
    r"(?:living |breathing )*(?:human(?: being)?s?|persons?|man|woman|somebody|someone|anybody|anyone|guy|lady"
    r"|employee|operator|agent|flesh and blood)(?: person| being)?"
)
_KIND: Final = r"(?:real|actual|live|living|genuine|true|proper|actually|really|just|only|kind of|sort of)"
_WHAT: Final = (
    rf"(?:(?:a|an|the|some kind of an?|some sort of an?|one of those) )?(?:{_KIND} )*"
    rf"(?:{_MACHINE}|{_PERSON}|real|alive)(?: one)?"
)
_EITHER: Final = rf"{_WHAT}(?: (?:here|there|now))?(?: or (?:not|{_WHAT}))?"
_BETWEEN: Final = r"(?:(?:really|actually|just|even|not|only|in fact|also|still|right now|honestly|by any chance) )*"
_TALKING: Final = r"(?:talking|speaking|chatting|dealing|connected|on the (?:line|phone))(?: here| now)? (?:to|with)"

_ASKED: Final = re.compile(
    r"\b(?:"
    rf"(?:are|aren't|were) (?:you|u) {_BETWEEN}{_EITHER}"
    rf"|(?:you're|you are) {_BETWEEN}{_EITHER}(?: (?:right|aren't you|are you|correct))"
    rf"|(?:is|isn't) (?:this|that|it|there) {_BETWEEN}{_EITHER}"
    r"(?: (?:there|on the (?:line|phone)|here|talking|speaking))?"
    rf"|(?:am|are) (?:i|we) {_BETWEEN}{_TALKING} {_BETWEEN}{_EITHER}"
    rf"|(?:do|did) (?:i|we) {_BETWEEN}(?:talk|speak|have)(?: (?:to|with))? {_EITHER}"
    rf"|(?:have i|have we|i've|did i) (?:got|reached|reach) {_EITHER}"
    rf"|(?:is|isn't) {_EITHER} (?:talking|speaking|answering|listening|there|on the (?:line|phone))"
    r"|(?:tell me|i want to know|can you tell me|i'd like to know|may i ask|can i ask) (?:if|whether)"
    rf" (?:you're|you are|this is|it's|i'm {_TALKING}|i am {_TALKING}) {_BETWEEN}{_EITHER}"
    rf"|(?:you sound|this sounds|that sounds) (?:like|as if you are) {_EITHER}"
    rf"|(?:robot|machine|computer|bot|human|person|ai) or (?:a |an )?(?:robot|machine|computer|bot|human|person|ai)"
    r"|are you (?:made of )?(?:flesh and blood|a living being)|do you have a (?:body|heart|pulse)"
    r"|(?:who|what) (?:am i|are we) (?:talking|speaking) (?:to|with)"
    r"|what are you(?= (?:exactly|anyway|then|really|actually)|$)"
    r")\b"
)
# What is asked about something else: "is this a recording of my call", "is there a machine that ..."
_OF_ELSE: Final = re.compile(
    r"^(?:of|for|that|which|who can|with|in my|at my|available|to (?:talk|speak)|i can|number|doing)\b"
)

# What an answer has to name, in the languages that voices speak most, and what it must not claim
_NAMED: Final = re.compile(
    r"\b(?:ai|a\.i\.|artificial|computers?|machines?|robots?|bots?|automat\w+|virtual|synthetic"
    r"|ki|künstliche\w*|maschine\w*|ia|artificielle|artificial|inteligencia artificial|ordinateur|ordenador|robot\w*)"
    r"(?!\w)",
    re.IGNORECASE,
)
_DENIED: Final = re.compile(rf"\b(?:not|no|n't|never) (?:just |only )?(?:an? )?(?:{_MACHINE})\b", re.IGNORECASE)
_CLAIMED: Final = re.compile(
    r"\b(?:i am|i'm|you are (?:talking|speaking) (?:to|with)|this is|we are)(?: really| actually| of course)? "
    rf"(?:an? |the )?(?:{_KIND} )*(?:human|person|man|woman|flesh)",
    re.IGNORECASE,
)


def tells_what_we_are(text: str) -> bool:
    """Whether a profile's answer says that this is a machine, denies it nowhere and claims no person."""
    named = _NAMED.search(text) is not None
    return named and _DENIED.search(text) is None and _CLAIMED.search(text) is None


def beside_the_question(text: str) -> str | None:
    """What else plain words say that ask if a person or a machine speaks, "" for nothing; None: they do not ask."""
    for found in _ASKED.finditer(text):
        behind = text[found.end() :].strip()
        if not _OF_ELSE.match(behind):
            return f"{text[: found.start()].strip()} {behind}".strip()
    return None


def asks_what_we_are(text: str) -> bool:
    """Whether plain words ask if a person or a machine is speaking, whatever else they say."""
    return beside_the_question(text) is not None
