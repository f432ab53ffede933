"""API keys: `va_live_<id>_<secret>`, 256 random bits, stored as their SHA-256."""

import hashlib
import secrets
from dataclasses import dataclass, field

_BEGINNING = "va_live_"


@dataclass(frozen=True, slots=True, kw_only=True)
class MintedKey:
    """A new key. `plain` is shown once and kept nowhere."""

    plain: str = field(repr=False)
    prefix: str
    sha256: str


def mint_api_key() -> MintedKey:
    """A key from the operating system's random source."""
    prefix = _BEGINNING + secrets.token_hex(4)
    plain = f"{prefix}_{secrets.token_urlsafe(32)}"
    return MintedKey(plain=plain, prefix=prefix, sha256=hash_api_key(plain))


def hash_api_key(plain: str) -> str:
    """What is stored and looked up for a key."""
    return hashlib.sha256(plain.encode()).hexdigest()
