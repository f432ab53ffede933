"""What a sentence asks for, or announces: the strongest sign of what the next figures and words are."""

import re
from typing import Final

from voiceagent.compliance.redaction.values import Kind

# In order: the first that fits decides.
_PATTERNS: Final[tuple[tuple[Kind, tuple[str, ...]], ...]] = (
    (Kind.REFERENCE, (r"\blast (four|4|three|3|two|2)\b", r"\bending in\b")),
    (
        Kind.CVV,
        (
            r"\bcvv|\bcvc|\bcsc\b",
            r"security (code|number|digits)",
            r"(three|3|four|4) (digits|figures|numbers).* back",
            r"code .*back",
        ),
    ),
    (Kind.EXPIRY, (r"\bexpir", r"valid (until|till|thru|through)")),
    (Kind.IBAN, (r"\biban\b",)),
    (
        Kind.CARD,
        (
            r"card('s)? (number|details|no\b)",
            r"long number",
            r"(credit|debit|bank) card\b",
            r"number (on|of|across) .*card",
        ),
    ),
    (
        Kind.SSN,
        (
            r"social security",
            r"\bssn\b",
            r"national insurance",
            r"tax(payer)? (id|number|identification)",
            r"passport",
        ),
    ),
    (Kind.ACCOUNT, (r"account (number|no\b)", r"sort code", r"routing number", r"account.{0,12}digits")),
    (
        Kind.CODE,
        (
            r"\bpin\b",
            r"pass ?(word|code)",
            r"one[- ]time",
            r"(verification|access) code",
            r"code (we|i|that) (have )?(sent|texted)",
        ),
    ),
    (Kind.BIRTH, (r"date of birth", r"\bdob\b", r"birth ?(date|day)", r"\bborn\b")),
    (Kind.EMAIL, (r"e-?mail",)),
    (Kind.POSTCODE, (r"post ?code", r"zip( code)?\b", r"postal code")),
    (
        Kind.ADDRESS,
        (
            r"(your|home|street|billing|delivery|full|postal|the) address",
            r"where do you live|what street|house number",
            r"address is|i live (at|on|in)",
        ),
    ),
    (
        Kind.REFERENCE,
        (r"(order|parcel|tracking|reference|ticket|case|booking|invoice|customer) (number|code|id)", r"which order"),
    ),
    (
        Kind.PHONE,
        (
            r"(phone|mobile|telephone|contact|callback|cell|home|work|landline) ?(phone )?number",
            r"(call|ring|reach|phone) you|which number|\bnumber (can|shall|should)",
            r"(call|ring|reach|phone|text|contact|get) me (back )?(on|at)|reached (on|at)",
            r"my (number|mobile|cell)",
        ),
    ),
    (
        Kind.NAME,
        (
            r"spell|(your|full|last|first|sur|maiden|family|sure|account holder'?s?) ?name",
            r"who am i (speaking|talking)|name, please|what('s| is) the name|name (is|on)",
        ),
    ),
)
_ASKED: Final = tuple((re.compile("|".join(patterns)), kind) for kind, patterns in _PATTERNS)
_TAIL_WORDS: Final = 8


def asked_for(question: str) -> Kind | None:
    """What a sentence of the agent's asks for; REFERENCE for what may be kept, None when it asks for nothing known."""
    said = question.lower()
    return next((kind for pattern, kind in _ASKED if pattern.search(said)), None)


def announced(text: str) -> Kind | None:
    """What the end of a turn announces, "it's my card number, it is": the figures then come in the next turn."""
    tail = " ".join(text.lower().split()[-_TAIL_WORDS:])
    found = asked_for(tail)
    return found if re.search(r"\b(is|it's|are|me on|me at|at|on|number|code|again)\W*$", tail) else None
