"""Telephone numbers that are looked up but not kept: an HMAC, since all numbers can be tried against a plain hash."""

import hashlib
import hmac

from voiceagent.telephony.e164 import canonical


def number_hash(pepper: bytes, e164: str) -> str:
    """HMAC-SHA256 in hex, the same however the number is written (`canonical`).

    Who does not have the pepper (256 bits, not in the database) cannot try numbers.
    """
    return hmac.new(pepper, canonical(e164).encode(), hashlib.sha256).hexdigest()
