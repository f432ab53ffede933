"""The keys of one issuer, remembered. A new one is found when a token first names it; made-up ones ask nobody much."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from voiceagent.api.sign_in.refused import TokenRefused
from voiceagent.api.sign_in.tokens import SigningKey
from voiceagent.core.clock import Clock
from voiceagent.core.errors import Unavailable, UpstreamUnavailable

log = structlog.get_logger(__name__)

_FRESH_S: Final = 900.0  # a key that was withdrawn counts no longer than that
_STALE_S: Final = 3_600.0  # while the issuer is away, which issues no new tokens then either
_BETWEEN_UNKNOWN_S: Final = 30.0  # whoever makes up key names makes us ask so often at most
_AFTER_FAILURE_S: Final = 5.0
_PATIENCE_S: Final = 10.0

Fetch = Callable[[], Awaitable[Mapping[str, SigningKey]]]


class IssuerKeys:
    """`fetch` asks the issuer and raises UpstreamUnavailable."""

    def __init__(self, issuer: str, fetch: Fetch, clock: Clock) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._clock = clock
        self._keys: Mapping[str, SigningKey] = {}
        self._fetched_s = -math.inf
        self._failed_s = -math.inf
        self._problem = ""
        self._asking = asyncio.Lock()

    async def find(self, kid: str) -> SigningKey:
        """Raises TokenRefused for a key that the issuer does not have, Unavailable while it cannot be asked."""
        if self._is_to_ask(kid) and not (kid in self._usable() and self._asking.locked()):
            async with self._asking:
                if self._is_to_ask(kid):  # not if somebody asked meanwhile
                    await self._ask()
        if kid in self._usable():
            return self._keys[kid]
        if not self._usable():
            raise Unavailable(
                f"the identity provider {self._issuer} cannot be asked for its keys, so nobody can sign in there: "
                f"{self._problem}; API keys still work, and `voiceagent doctor` asks it again"
            )
        raise TokenRefused("unknown_signing_key", "the access token names a key that its issuer does not have")

    def _usable(self) -> Mapping[str, SigningKey]:
        return self._keys if self._clock.monotonic() - self._fetched_s <= _STALE_S else {}

    def _is_to_ask(self, kid: str) -> bool:
        now_s = self._clock.monotonic()
        if now_s - self._failed_s < _AFTER_FAILURE_S:
            return False
        return now_s - self._fetched_s >= (_FRESH_S if kid in self._keys else _BETWEEN_UNKNOWN_S)

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                self._keys = await self._fetch()
        except (UpstreamUnavailable, TimeoutError) as error:
            self._problem = str(error) or f"no answer within {_PATIENCE_S:g} s"
            self._failed_s = self._clock.monotonic()
            log.warning("issuer_keys_not_fetched", issuer=self._issuer, problem=self._problem)
            return
        self._fetched_s = self._clock.monotonic()
