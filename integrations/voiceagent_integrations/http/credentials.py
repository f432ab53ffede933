"""What goes into `Authorization`: a constant, or a token that is fetched once and shared by all calls."""

import asyncio
import base64
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from voiceagent.core.clock import Clock
from voiceagent_integrations.http.fields import required, row
from voiceagent_integrations.http.grants import Grant
from voiceagent_integrations.http.message import Ask, Send
from voiceagent_integrations.settings import Secret

_log = structlog.get_logger(__name__)
_EARLY_S = 30.0  # a token is renewed before it ends, since a request under way must not outlive it


class Credentials(Protocol):
    """`settings` are the names to look at when the vendor refuses."""

    settings: tuple[str, ...]

    async def header(self, send: Send) -> str:
        """The header's value, fetched with `send` if need be. Raises Unauthorised, UpstreamUnavailable."""
        ...

    async def renew(self, refused: str, send: Send) -> bool:
        """The vendor refused this header: make that another is used. False when there is none."""
        ...


class FixedHeader:
    """A token or password that only its owner can change."""

    def __init__(self, header: Secret, *settings: str) -> None:
        self.settings = settings
        self._header = header

    @classmethod
    def bearer(cls, token: Secret, *settings: str) -> "FixedHeader":
        return cls(Secret(f"Bearer {token.reveal()}"), *settings)

    @classmethod
    def basic(cls, user: str, password: Secret, *settings: str) -> "FixedHeader":
        """RFC 7617."""
        pair = base64.b64encode(f"{user}:{password.reveal()}".encode()).decode()
        return cls(Secret(f"Basic {pair}"), *settings)

    async def header(self, send: Send) -> str:  # noqa: ARG002 - nothing to fetch
        return self._header.reveal()

    async def renew(self, refused: str, send: Send) -> bool:  # noqa: ARG002 - nothing to fetch
        return False


@dataclass(frozen=True, slots=True)
class _Token:
    header: str = field(repr=False)
    ends_s: float | None  # on the monotonic clock; None: the vendor did not say (Salesforce)


class OAuthToken:
    """Fetches a token by `grant` from `url`; however many calls need one at once, one request is made."""

    def __init__(self, grant: Grant, url: str, *, clock: Clock, as_json: bool = False) -> None:
        """`as_json`: the vendor wants the fields as JSON (Zendesk), not as a form, which RFC 6749 says."""
        self.settings = grant.settings
        self._as_json = as_json
        self._grant = grant
        self._url = url
        self._clock = clock
        self._token: _Token | None = None
        self._fetching = asyncio.Lock()

    async def header(self, send: Send) -> str:
        return await self._current("", send)

    async def renew(self, refused: str, send: Send) -> bool:
        await self._current(refused, send)
        return True

    async def _current(self, refused: str, send: Send) -> str:
        if (header := self._usable(refused)) is None:
            async with self._fetching:
                header = self._usable(refused)  # somebody else may have fetched it while we waited
                if header is None:
                    self._token = await self._fetch(send)
                    header = self._token.header
        return header

    def _usable(self, refused: str) -> str | None:
        token = self._token
        if token is None or token.header == refused:
            return None
        return None if token.ends_s is not None and token.ends_s <= self._clock.monotonic() else token.header

    async def _fetch(self, send: Send) -> _Token:
        ask = Ask(
            what="issue an access token",
            method="POST",
            path=self._url,
            json=self._grant.form() if self._as_json else None,
            form=None if self._as_json else self._grant.form(),
            authorised=False,
            repeatable=True,  # a token more does no harm
        )
        data = row((await send(ask)).data, "")
        self._grant.learn(data)
        _log.info("crm token fetched")
        return _Token(f"Bearer {required(data, 'access_token')}", self._end(data.get("expires_in")))

    def _end(self, expires_in: object) -> float | None:
        if not isinstance(expires_in, int | float) or isinstance(expires_in, bool):
            return None
        return self._clock.monotonic() + max(expires_in - _EARLY_S, expires_in / 2)
