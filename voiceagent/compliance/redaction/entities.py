"""What another finder of personal data may add to our own rules, and which of its entities we mask as what. Pure.

The names are those of Presidio (docs/decisions/0046), which other finders use too.
"""

import re
from collections.abc import Sequence
from typing import Final, Protocol

from voiceagent.compliance.redaction.values import Kind, Span

_KINDS: Final[dict[str, Kind]] = {
    "CREDIT_CARD": Kind.CARD,
    "IBAN_CODE": Kind.IBAN,
    "US_BANK_NUMBER": Kind.ACCOUNT,
    "ABA_ROUTING_NUMBER": Kind.ACCOUNT,
    "CRYPTO": Kind.ACCOUNT,
    "PHONE_NUMBER": Kind.PHONE,
    "EMAIL_ADDRESS": Kind.EMAIL,
    "URL": Kind.URL,
    "IP_ADDRESS": Kind.NUMBER,
    "MAC_ADDRESS": Kind.NUMBER,
    "MEDICAL_LICENSE": Kind.SSN,
    "UK_POSTCODE": Kind.POSTCODE,
    "DE_PLZ": Kind.POSTCODE,
    "PERSON": Kind.NAME,
    "LOCATION": Kind.ADDRESS,
}
_OF_AN_OFFICE: Final = re.compile(r"[A-Z]{2}_[A-Z_]+")  # US_SSN, ES_NIF, IT_FISCAL_CODE and some eighty more


class EntityFinder(Protocol):
    """Finds what our rules do not know. It answers in a bounded time and never raises: an empty answer also means
    that nobody could look."""

    def find(self, text: str) -> Sequence[Span]:
        """Characters of the text; findings may overlap."""
        ...


def kind_of_entity(name: str) -> Kind | None:
    """What an entity is masked as. None: it stays, as dates, companies and nationalities do.

    Dates are decided by our rules: of a day of delivery and a day of birth a finder says the same.
    """
    if (kind := _KINDS.get(name)) is not None:
        return kind
    return Kind.SSN if _OF_AN_OFFICE.fullmatch(name) else None
