"""Numbers of people after their class has expired: one name for one number within a tenant, and no way back.

Numbers are few enough to be tried one by one, so a plain hash would tell them. The pepper is a secret of the tenant
that is kept outside of the database (RFC 2104: HMAC, with a key as long as the hash).
"""

import hashlib
import hmac
from typing import Final

BEGINNING: Final = "hmac:"
_HEX_DIGITS: Final = 32  # 128 bits: no two numbers of a tenant meet


def pseudonym(number: str, pepper: bytes) -> str:
    """`hmac:` and 32 hex digits; what is one already stays, and "" stays ""."""
    if not number or number.startswith(BEGINNING):
        return number
    return BEGINNING + hmac.new(pepper, number.encode(errors="replace"), hashlib.sha256).hexdigest()[:_HEX_DIGITS]
