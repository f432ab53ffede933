"""Access tokens: JSON Web Tokens (RFC 7519), signed by an identity provider, for us (RFC 9068). Pure.

Which algorithms count is ours to say (RFC 8725, 3.1). A key is never taken from the token itself, and a secret shared
between us and anybody is no key: HMAC and `none` are not among the algorithms that a setting can name.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc import jwt
from joserfc.errors import BadSignatureError, ClaimError, ExpiredTokenError, InvalidClaimError, JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from voiceagent.api.sign_in.provider import IdentityProvider
from voiceagent.api.sign_in.refused import TokenRefused

SigningKey = RSAKey | ECKey | OKPKey

_KINDS: Final[Mapping[str, type[SigningKey]]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
# `typ` of what is an access token; a logout token, for one, is signed by the same key
_TYPES: Final = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
# Claims of what is signed by the same key and no access token: ID tokens (OpenID Connect Core 1.0, 3.1.3.6 and
# 3.3.2.11), logout tokens (Back-Channel Logout 1.0, 2.4); and Keycloak's own words for them
_OF_OTHERS: Final = frozenset({"at_hash", "c_hash", "events"})
_OTHER_TYPES: Final = frozenset({"id", "refresh", "offline", "logout"})
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})  # parameters that nobody ought to publish
_LONGEST: Final = 16 * 1024
_LONGEST_NAME: Final = 255
_MOST_KEYS: Final = 100
_MOST_GROUPS: Final = 1000
_SHORTEST_RSA: Final = 2048  # bits; RFC 7518, 3.3
_MALFORMED: Final = (ValueError, TypeError, KeyError, AttributeError, RecursionError, JoseError, UnsupportedAlgorithm)
_NO_TOKEN: Final = "this is neither an API key (va_live_…) nor an access token that can be read; sign in again"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What a token says of itself. Nothing of it is believed but which key to check it with."""

    issuer: str
    kid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who came. `email` is "" unless the provider says that it is theirs. PII."""

    subject: str
    email: str
    name: str
    groups: frozenset[str]


def claimed_of(token: str) -> Claimed:
    """Raises TokenRefused for what is no token."""
    try:
        if len(token) > _LONGEST:
            raise ValueError("too long")
        header, payload = (_part(part) for part in token.split(".")[:2])
        if "crit" in header or "b64" in header or str(header.get("typ", "")).lower() not in _TYPES:
            raise ValueError("not an access token")
        return Claimed(issuer=_name(payload["iss"]), kid=_name(header["kid"]))
    except _MALFORMED as error:
        raise TokenRefused("no_token", _NO_TOKEN) from error


def keys_of(document: object) -> Mapping[str, SigningKey]:
    """The keys of a JWK set (RFC 7517) that can check a signature, by their kid; others in it are left out."""
    found: dict[str, SigningKey] = {}
    listed = document.get("keys") if isinstance(document, dict) else None
    for one in listed[:_MOST_KEYS] if isinstance(listed, list) else ():
        try:
            if one.get("use", "sig") == "sig" and isinstance(one["kid"], str) and _is_long_enough(one):
                public = {name: value for name, value in one.items() if name not in _PRIVATE}
                found[one["kid"]] = _KINDS[one["kty"]].import_key(public)
        except _MALFORMED:
            continue
    return found


def signed_in(token: str, key: SigningKey, provider: IdentityProvider, now: datetime) -> SignedIn:
    """Who the token is of. Raises TokenRefused with what is wrong with it."""
    registry = JWSRegistry(algorithms=sorted(provider.algorithms), strict_check_header=False)
    rules = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=provider.leeway_s,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.audience},
        sub={"essential": True},
        exp={"essential": True},
    )
    try:
        claims = jwt.decode(token, key, registry=registry).claims
        rules.validate(claims)
    except ExpiredTokenError as error:
        raise TokenRefused("token_expired", "the access token has expired; sign in again") from error
    except ClaimError as error:
        raise TokenRefused(*_wrong_claim(error, provider)) from error
    except BadSignatureError as error:
        raise TokenRefused("bad_signature", "the access token was not signed by its issuer; sign in again") from error
    except _MALFORMED as error:
        raise TokenRefused("bad_token", "the access token's algorithm or form is not accepted here") from error
    if provider.acr and str(claims.get("acr")) not in provider.acr:
        raise TokenRefused("weak_sign_in", "sign in with the second factor that this installation asks for")
    if _OF_OTHERS.intersection(claims) or str(claims.get("typ", "")).lower() in _OTHER_TYPES:
        raise TokenRefused("no_access_token", "this is an ID token or a logout token: send the access token")
    if len(claims["sub"]) > _LONGEST_NAME or not claims["sub"].isprintable():
        raise TokenRefused("bad_token", "the access token's sub is too long, or holds more than letters and signs")
    return SignedIn(
        subject=claims["sub"],
        email=_text(claims, "email") if claims.get("email_verified") is True else "",
        name=_text(claims, "name"),
        groups=_groups(claims.get(provider.groups_claim)),
    )


def _name(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME:
        raise ValueError("no name")
    return value


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _part(text: str) -> dict[str, Any]:
    value = json.loads(_bytes(text))
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def _is_long_enough(key: Mapping[str, Any]) -> bool:
    return key["kty"] != "RSA" or int.from_bytes(_bytes(key["n"])).bit_length() >= _SHORTEST_RSA


def _wrong_claim(error: ClaimError, provider: IdentityProvider) -> tuple[str, str]:
    if not isinstance(error, InvalidClaimError):
        return "bad_claim", f"the access token lacks {error.claim}"
    if error.claim == "aud":
        return "wrong_audience", f"the access token is meant for somebody else: its aud has to name {provider.audience}"
    if error.claim == "nbf":
        return "not_yet_valid", "the access token is not valid yet; compare the clocks of both machines"
    return "bad_claim", f"the access token's {error.claim} is not accepted here"


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    fits = isinstance(value, str) and len(value) <= _LONGEST_NAME - 1 and value.isprintable()
    return value if isinstance(value, str) and fits else ""


def _groups(value: object) -> frozenset[str]:
    listed = value if isinstance(value, list) else [value]
    return frozenset(one for one in listed[:_MOST_GROUPS] if isinstance(one, str))
