"""Sentences that claim that something was changed. Pure, English, and a net with holes: see `spoken_answer`."""

import re
from typing import Final

_VERBS: Final = (
    r"activat|add(?:ed|ing)?\b|adjust|approv|arrang|assign|authori[sz]|block|book|cancel|chang|charg|clos|complet|confirm"
    r"|creat|credit|deactivat|delet|disabl|dispatch|enabl|execut|extend|fil(?:e|ed|ing)\b|finali[sz]|fix|forward|grant"
    r"|initiat|issu|lift|lock|made|make|mov|open|order(?:ed|ing)?\b|paid|pay|plac|post|process|purchas|put\b|rais|rebook"
    r"|record|refund|register|releas|remov|renew|replac|request|reschedul|reserv|reset|resolv|revers|schedul|send|sent"
    r"|set\b|submit|subscrib|switch|transfer|trigger|unblock|unlock|updat|upgrad|waiv|wir(?:e|ed|ing)\b"
)
_WE_DID: Final = re.compile(
    r"\b(?:i|we)(?! (?:can |could )?(?:see|find|found|understand|think|hear|know|show)\b)"
    r"(?:'ve|'m|'re|'ll|'d| have| had| did| am| are| will| was| were)?"
    rf"(?: \w+){{0,4}}? (?:{_VERBS})",
    re.IGNORECASE,
)
_IT_WAS: Final = re.compile(
    r"(?:\b(?:is|are|was|were|has|have|had|been|gets?|got)|'s|'re)"
    rf"(?: \w+){{0,3}}? ((?:{_VERBS})\w*)",
    re.IGNORECASE,
)
_IT_IS_OVER: Final = re.compile(
    r"^(?:(?:ok(?:ay)?|right|great|perfect|good news|yes|sure|certainly)[,!.\s]*)?"
    r"(?:done|completed?|success(?:ful(?:ly)?)?|all (?:set|done|sorted)|finished|sorted|processed|approved)\b"
    r"|\bconsider it\b"
    r"|(?:\b(?:it|that|this|everything|you|all) ?(?:'s|'re|is|are|has been|have been))"
    r"(?: \w+){0,2}? (?:done|all set|taken care of|sorted|through|settled|complete|finished|in place)\b"
    r"|\b(?:went|gone) through\b|\btaken care of\b|\bsuccessfully\b|\bno longer (?:active|scheduled|charged)\b",
    re.IGNORECASE,
)
_NOT: Final = re.compile(r"\b(?:not|cannot|never|unable|nothing|nobody)\b|n't\b", re.IGNORECASE)

_PARTS: Final = re.compile(r"[,;\N{EM DASH}\N{EN DASH}]| - |\b(?:and|so|but)\b", re.IGNORECASE)
_OWN: Final = re.compile(r"(?:\w+ ){0,2}?(?:i|we)\b", re.IGNORECASE)
_ANOTHERS: Final = re.compile(r"(?:he|she|it|they|you|there|this|that|your|the|please)\b", re.IGNORECASE)
_BARE: Final = re.compile(rf"(?:(?:have|had|then|also|just|already) )*(?:\w*ed|{_VERBS})\b", re.IGNORECASE)


def claims_change(sentence: str, results: str) -> bool:
    """Whether the sentence says that something was, is being or will be changed.

    `results` of tools may tell of changes that were made earlier: such a verb may be repeated, but not as our own deed.
    """
    clauses = [clause.strip() for clause in _PARTS.split(sentence) if clause.strip()]
    subject = ""
    for clause in clauses:
        if _OWN.match(clause):
            subject = "I "
        elif _ANOTHERS.match(clause):
            subject = ""
        # "I found your order, and refunded it": the subject of before goes on
        if _claims(clause, results) or (subject and _BARE.match(clause) and _claims(subject + clause, results)):
            return True
    return False


def _claims(clause: str, results: str) -> bool:
    if clause.endswith("?"):
        return False
    if any(_is_said(found, clause) for found in (_IT_IS_OVER.search(clause), _WE_DID.search(clause))):
        return True
    claimed = (found for found in _IT_WAS.finditer(clause) if found[1].lower() not in results.lower())
    return any(_is_said(found, clause) for found in claimed)


def _is_said(found: re.Match[str] | None, clause: str) -> bool:
    """Whether it stands there, and no word before its verb takes it back."""
    return found is not None and _NOT.search(clause[: found.end()]) is None
