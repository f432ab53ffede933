"""Short-lived talk tokens: who may place one kind of browser call, signed, until when.

`va_talk_<claims>.<signature>`: base64url JSON and its HMAC-SHA256. The API mints them with the same secret that the
gateway verifies them with; neither asks the other. The time is handed in.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from voiceagent.core.errors import ConfigError, Unauthorised
from voiceagent.core.ids import TenantId, new_id

AUDIENCE: Final = "webrtc"
MAX_LIFETIME_S: Final = 3_600
_PREFIX = "va_talk_"
_MAX_TOKEN_CHARS = 2_000
_MIN_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkClaims:
    """What a token says. `expires_at` is Unix time; `subject` names the caller to the records, "" for nobody."""

    token_id: str
    tenant_id: TenantId
    profile: str
    expires_at: int
    subject: str = ""
    audience: str = AUDIENCE


class TalkTokens:
    """Mints and verifies with one secret."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < _MIN_SECRET_BYTES:
            raise ConfigError(
                f"the talk token secret needs at least {_MIN_SECRET_BYTES} bytes, e.g. openssl rand -hex 32"
            )
        self._secret = secret

    def mint(self, claims: TalkClaims, *, now: float) -> str:
        """Sign `claims`. Raises ConfigError when they would live longer than an hour."""
        if not now < claims.expires_at <= now + MAX_LIFETIME_S:
            raise ConfigError(f"a talk token lives at least a second and at most {MAX_LIFETIME_S} s")
        body = _encode(json.dumps(asdict(claims), separators=(",", ":"), sort_keys=True).encode())
        return f"{_PREFIX}{body}.{_encode(self._sign(body))}"

    def issue(self, *, tenant_id: TenantId, profile: str, subject: str, lifetime_s: int, now: datetime) -> str:
        """Mint a token of a new id, valid from `now` for `lifetime_s` (at most an hour)."""
        moment = now.timestamp()
        claims = TalkClaims(
            token_id=new_id("tok"),
            tenant_id=tenant_id,
            profile=profile,
            subject=subject,
            expires_at=int(moment) + lifetime_s,
        )
        return self.mint(claims, now=moment)

    def verify(self, token: str, *, now: float, audience: str = AUDIENCE) -> TalkClaims:
        """The claims of a token that is genuine, meant for us and not expired. Raises Unauthorised."""
        body, _, signature = token.removeprefix(_PREFIX).partition(".")
        if len(token) > _MAX_TOKEN_CHARS or not token.startswith(_PREFIX):
            raise Unauthorised("this is not a talk token; get one from POST /v1/webrtc/tokens")
        if not hmac.compare_digest(_encode(self._sign(body)).encode(), signature.encode("utf-8", "replace")):
            raise Unauthorised("the talk token's signature is not ours")
        claims = _claims(body)
        if claims.audience != audience:
            raise Unauthorised("the talk token is for another service")
        if now >= claims.expires_at:
            raise Unauthorised("the talk token has expired; get a new one from POST /v1/webrtc/tokens")
        return claims

    def _sign(self, body: str) -> bytes:
        return hmac.digest(self._secret, (_PREFIX + body).encode("utf-8", "replace"), hashlib.sha256)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _claims(body: str) -> TalkClaims:
    """Read claims whose signature has been checked; only a version mismatch between our own parts can fail here."""
    try:
        raw: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return TalkClaims(**raw)
    except (binascii.Error, ValueError, TypeError) as error:
        raise Unauthorised("the talk token was made by another version; get a new one") from error
