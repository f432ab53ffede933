"""A caller who does not want to be recorded any more: "stop recording", "i don't want to be recorded". Pure.

Every caller may say so at any time, so no profile lists these words; what of them a closed grammar can hear is in
`speech.line_rules`. Withdrawing has to be as easy as agreeing was (GDPR 7(3)), so the words may stand among others, and
what names this call needs nothing in front of it. What is only alike needs to begin a sentence: "my camera won't stop
recording" and "don't stop recording" withdraw nothing.
"""

import re
from dataclasses import dataclass
from typing import Final

from voiceagent.conversation.corrections import FILLERS, POLITE
from voiceagent.conversation.spoken_pattern import either

_CALL: Final = r"(?:(?:this|the|our|my) )?(?:phone )?(?:call|conversation|talk|voice)"
_US: Final = rf"(?:me|us|{_CALL}|what i(?:'m| am)? say(?:ing)?)"
_IT: Final = r"(?:it|this|that|anything|any of (?:it|this)|everything)"
_THE: Final = rf"(?:the|this|that|your|any)(?: (?:voice|audio))? recording(?: of (?:me|us|{_CALL}))?"
_NOT: Final = r"(?:don't|do not|never|you (?:may not|must not|can't|cannot|shouldn't|should not))"
_WANT_NO: Final = (
    r"(?:(?:don't|do not|never) (?:want|wish|like|agree|consent)|(?:would|'d) (?:rather|prefer|like|want) not"
    r"|(?:would not|wouldn't) (?:like|want|wish|agree|care)"
    r"|(?:refuse|object|decline)|no longer (?:want|wish|agree|consent)|not (?:okay|ok|happy|comfortable|fine))"
)
_BEING: Final = r"(?:to (?:be|being|getting)|being|be|with being|about being|getting)"
# An agreement is a contract more often than a consent: it has to be one on recording
# and a consent to something else, such as marketing, is not the one to this call
_RECORDING: Final = (
    rf"(?:(?:\w+ ){{0,5}}(?:record|tap(?:ing|ed))|{_CALL}\b|(?:now|today|this|that|it|everything)(?:$| (?!\w+ing\b)))"
)
_CONSENT: Final = (
    r"(?:my|the) (?:(?:consent|permission)|agreement(?= (?:to|for|about) (?:\w+ )*record))"
    rf"(?! (?:to|for|about|of) (?!{_RECORDING}))"
)
_NOBODY: Final = r"(?:you|you people|you guys|nobody|no one|anybody|anyone|we)"
_WANT_NOBODY: Final = (
    rf"i (?:don't|do not|no longer) (?:want|like|wish) {_NOBODY} (?:to (?:record|tape)|recording|taping)"
)
_RATHER: Final = r"(?:i|we)(?:'d| would) (?:rather|prefer|like)(?: it)?(?: if)?"
_RATHER_NOBODY: Final = (
    rf"{_RATHER} {_NOBODY} (?:didn't|did not|don't|do not|wouldn't|would not|weren't|were not) (?:be )?"
    r"(?:record|tape|recording|taping)"
)

# What can only mean this call, wherever it stands
_SURE: Final = {
    "stop": rf"(?:stop|quit|cease|end) (?:recording|taping) {_US}",
    "stop_being": r"stop (?:this|the|my) (?:call|conversation|voice) (?:from )?being recorded",
    "do_not": rf"{_NOT} (?:record|tape) {_US}",
    "wish": rf"(?:i|we|i'd|we'd)(?: (?:really|would|do|just|am|are))* ?{_WANT_NO} {_BEING} (?:recorded|taped)",
    "wish_call": rf"i (?:don't|do not|no longer) want {_CALL} (?:to be )?(?:recorded|taped)",
    "wish_you": rf"{_WANT_NOBODY} {_US}",
    "rather": rf"{_RATHER_NOBODY} {_US}",
    "rather_call": (
        rf"{_RATHER} (?:{_CALL}|i) (?:isn't|is not|wasn't|was not|weren't|were not|not)(?: to)?(?: be| being)?"
        r" (?:recorded|taped)"
    ),
    "consent": rf"(?:i |i'd like to |i want to )?(?:withdraw|revoke|take back|cancel) {_CONSENT}",
    "consent_back": rf"(?:i |i'd like to |i want to )?take {_CONSENT} back",
    "no_consent": (
        r"i (?:don't|do not|no longer) (?:agree|consent)(?: to| with)?"
        rf"(?: (?:you |it )?(?:being recorded|record(?:ing)?(?: {_US}| {_IT})?|{_THE}|be recorded))"
    ),
    "object": rf"i object to (?:{_THE}|(?:you )?recording(?: {_US}| {_IT})?|being recorded)",
}
# What may mean something else: has to begin a sentence, and to be followed by nothing that it belongs to
_BARE: Final = {
    "stop_it": rf"(?:stop|quit|cease|end) (?:recording|taping)(?: {_IT})?",
    "stop_recording": rf"(?:stop|end|cancel|pause) {_THE}",
    "turn_off": rf"(?:(?:turn|switch) off {_THE}|(?:turn|switch) {_THE} off)",
    "do_not_it": rf"{_NOT} (?:record|tape)(?: {_IT})?",
    "none": r"no (?:more )?recordings?",
    "wish_you_it": rf"{_WANT_NOBODY}(?: {_IT})?",
    "rather_it": rf"{_RATHER_NOBODY}(?: {_IT})?",
    "no_consent_at_all": r"(?:i|we) (?:don't|do not|no longer) consent",
    "wish_it": rf"i (?:don't|do not|no longer) want (?:{_THE}|{_IT} (?:to be )?recorded|to be on (?:tape|record))",
}
_LEAD: Final = re.compile(
    r"(?:^|\b)(?:(?:i said|i want you to|i'd like you to|i would like you to|i want to|i'd like to|i need you to"
    r"|(?:can|could|would|will) you|(?:can|could|shall|should) we|(?:can i |could i |may i |i )ask you to"
    r"|you (?:must|should|have to|need to)|and|but|then|let's|now|just|also|"
    + either((*FILLERS, *POLITE, "no", "wait", "stop", "sorry", "oh", "excuse me", "listen", "hold on"))[3:-1]
    + r") ?)+$"
)
_ENDS: Final = re.compile(
    r"^(?:$|(?:now|please|thanks|thank|any ?more|right|at|from|immediately|and|but|or|then|okay|ok|because|before"
    r"|i|i'm|i'd|i'll|we|can|could|where|what|when|how|sorry|first|while|for|today|here|there|you|if|it's|that's"
    r"|already|altogether|no|yes|just|so|my name)\b)"
)
# Words in front that turn the meaning around, or that ask or tell about it
_TURNED: Final = re.compile(
    r"(?:\b(?:don't|do not|never|not|won't|will not|can't|cannot|doesn't|does not|didn't|did not|wouldn't|no need to"
    r"|not have to|need not|needn't|without|instead of|did you|do you|have you|had you|will it|does it|did it|does this"
    r"|if you|if i|when you|when i|when do you|why did you|why do you|how do you|unless you|until you|they|he|she|it)"
    r"(?: (?:ever|just|really|please|want you to|need to|have to|to))*"
    r"|\b(?:he|she|they|somebody|someone|(?:my|the|a) \w+) (?:said|says|(?:told|asked) (?:me|you|us|him|her|them))"
    r"(?: (?:to|that|please|i|we))*)$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """`rule` judged it, `phrase` is what it found: words of this module, nothing else that the caller said."""

    rule: str
    phrase: str


_RULES: Final = tuple(
    (f"withdrawal.1/{name}", re.compile(rf"\b(?:{pattern})\b"), sure)
    for sure, patterns in ((True, _SURE), (False, _BARE))
    for name, pattern in patterns.items()
)


def withdrawal_in(text: str) -> Withdrawal | None:
    """What of the plain words withdraws consent to the recording; None when nothing does."""
    for rule, pattern, sure in _RULES:
        for found in pattern.finditer(text):
            before, behind = text[: found.start()].strip(), text[found.end() :].strip()
            if _TURNED.search(before):
                continue
            if sure or ((not before or _LEAD.search(before)) and _ENDS.match(behind)):
                return Withdrawal(rule=rule, phrase=found[0])
    return None
