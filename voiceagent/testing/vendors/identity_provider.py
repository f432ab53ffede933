"""An identity provider: discovery and keys over HTTP, tokens signed with real key pairs, and the ways to forge one."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from voiceagent.testing.vendors.server import VendorServer, reply

_Signs = RSAKey | ECKey


@dataclass
class IdentityProviderServer(VendorServer):
    """Publishes `keys` by their kid; the newest signs. `discovery` is laid over what the discovery document says."""

    audience: str = "voiceagent"
    keys: dict[str, _Signs] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/.well-known/openid-configuration", self._discovery),
            Route("/keys", self._published),
        ]

    def rotate(self, kind: Literal["RS256", "ES256"] = "ES256", *, keep: bool = False) -> str:
        """Sign with a new key from now on, and forget those of before unless they are kept. Its kid."""
        kid = f"key-{len(self.keys) + 1}-{kind}"
        key = RSAKey.generate_key(2048) if kind == "RS256" else ECKey.generate_key("P-256")
        self.keys = {**(self.keys if keep else {}), kid: key}
        return kid

    def claims(self, now: datetime, **changes: Any) -> dict[str, Any]:
        """Of a person, valid for five minutes; a change to None leaves a claim out."""
        at = int(now.timestamp())
        usual = {"iss": self.url, "aud": self.audience, "sub": "anna", "iat": at, "exp": at + 300}
        return {name: value for name, value in {**usual, **changes}.items() if value is not None}

    def token(self, claims: Mapping[str, Any], **header: Any) -> str:
        """Signed with the newest key; what is in `header` replaces the usual, such as kid."""
        kid, key = next(reversed(self.keys.items()))
        return _signed({**_header(kid, key), **header}, claims, key)

    def unsigned(self, claims: Mapping[str, Any]) -> str:
        """With the algorithm `none` (RFC 7519, section 6)."""
        kid = next(reversed(self.keys))
        return f"{part_of({'alg': 'none', 'kid': kid, 'typ': 'JWT'})}.{part_of(claims)}."

    def signed_with_the_public_key(self, claims: Mapping[str, Any]) -> str:
        """HMAC, with our published key as its secret (RFC 8725, section 2.1)."""
        kid, key = next(reversed(self.keys.items()))
        signed = f"{part_of({'alg': 'HS256', 'kid': kid, 'typ': 'JWT'})}.{part_of(claims)}"
        # By hand: the library does not take a public key for a secret
        return f"{signed}.{_base64url(hmac.digest(key.as_pem(private=False), signed.encode(), 'sha256'))}"

    def signed_by_a_stranger(self, claims: Mapping[str, Any]) -> str:
        """With a key of one's own under a published name."""
        kid, key = next(reversed(self.keys.items()))
        return _signed(_header(kid, key), claims, type(key).generate_key())

    async def _discovery(self, _request: Request) -> Response:
        return reply(200, {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **self.discovery})

    async def _published(self, _request: Request) -> Response:
        keys = [{**key.as_dict(private=False), "kid": kid, "use": "sig"} for kid, key in self.keys.items()]
        return reply(200, {"keys": [*keys, {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}, {"kty": "new"}]})


def _header(kid: str, key: _Signs) -> dict[str, Any]:
    return {"alg": "RS256" if isinstance(key, RSAKey) else "ES256", "kid": kid, "typ": "at+jwt"}


def _signed(header: dict[str, Any], claims: Mapping[str, Any], key: _Signs) -> str:
    registry = jws.JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    return jws.serialize_compact(header, json.dumps(claims), key, registry=registry)


def part_of(value: Mapping[str, Any]) -> str:
    """A header or claims as they stand in a token."""
    return _base64url(json.dumps(value).encode())


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
