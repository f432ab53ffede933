"""Ways to ask for an access token (RFC 6749): the form fields, and the settings to look at when it is refused."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

import jwt

from voiceagent.core.clock import Clock
from voiceagent.core.errors import ConfigError
from voiceagent_integrations.settings import Secret

_ASSERTION_LIVES = timedelta(minutes=3)  # Salesforce's limit


class Grant(Protocol):
    """One way. `settings` are the names of the settings that it is made of."""

    settings: tuple[str, ...]

    def form(self) -> dict[str, str]:
        """The fields of the request; secret."""
        ...

    def learn(self, answer: Mapping[str, Any]) -> None:
        """Look at the token endpoint's answer, which may carry what the next request needs."""
        ...


class ClientCredentials:
    """RFC 6749, 4.4: the connector acts for itself."""

    settings: tuple[str, ...] = ("client_id", "client_secret")

    def __init__(self, client_id: str, client_secret: Secret, *, scope: str = "") -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._scope = scope

    def form(self) -> dict[str, str]:
        fields = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._client_secret.reveal(),
        }
        return fields | ({"scope": self._scope} if self._scope else {})

    def learn(self, answer: Mapping[str, Any]) -> None:
        """Nothing: the same credentials serve again."""


class RefreshToken:
    """RFC 6749, 6. A vendor that changes the refresh token at each use is followed until this process ends."""

    settings: tuple[str, ...] = ("client_id", "client_secret", "refresh_token")

    def __init__(self, client_id: str, client_secret: Secret, refresh_token: Secret) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._refresh_token = refresh_token

    def form(self) -> dict[str, str]:
        return {
            "grant_type": "refresh_token",
            "client_id": self._client_id,
            "client_secret": self._client_secret.reveal(),
            "refresh_token": self._refresh_token.reveal(),
        }

    def learn(self, answer: Mapping[str, Any]) -> None:
        following = answer.get("refresh_token")
        if isinstance(following, str) and following:
            self._refresh_token = Secret(following)


class JwtBearer:
    """RFC 7523, 2.1: an assertion signed with our private key (RS256) instead of a secret that is sent."""

    settings: tuple[str, ...] = ("client_id", "username", "private_key")

    def __init__(self, client_id: str, username: str, private_key: Secret, *, audience: str, clock: Clock) -> None:
        """Raises ConfigError for a key that cannot sign."""
        self._client_id = client_id
        self._username = username
        self._private_key = private_key
        self._audience = audience
        self._clock = clock
        self.form()

    def form(self) -> dict[str, str]:
        claims = {
            "iss": self._client_id,
            "sub": self._username,
            "aud": self._audience,
            "exp": int((self._clock.now() + _ASSERTION_LIVES).timestamp()),
        }
        try:
            assertion = jwt.encode(claims, self._private_key.reveal(), algorithm="RS256")
        except (jwt.PyJWTError, ValueError, TypeError):
            raise ConfigError("private_key must be an RSA key in PEM, -----BEGIN PRIVATE KEY-----") from None
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}

    def learn(self, answer: Mapping[str, Any]) -> None:
        """Nothing: each assertion is made anew."""
