"""Who is asking: API keys as Bearer tokens, looked up by their hash, each with a tenant and scopes.

A key has 256 random bits and only its SHA-256 is compared, by an index; how long that takes tells nothing about a key.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from voiceagent.api.ports import KeyDirectory
from voiceagent.api.rate_limits import RequestLimits
from voiceagent.core.clock import Clock
from voiceagent.core.errors import Forbidden, Unauthorised
from voiceagent.core.ids import TenantId
from voiceagent.records.key_rules import USE_IS_NOTED_EVERY

KEY_BEGINNING: Final = "va_live_"
_MAX_KEY_CHARS = 200
_bearer = HTTPBearer(auto_error=False, scheme_name="ApiKey", description="`Authorization: Bearer va_live_…`")
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The holder of a valid key. Whatever is read or done is of this tenant."""

    tenant_id: TenantId
    key_id: str
    scopes: frozenset[str]


class Guard:
    """Turns credentials into a principal, or refuses."""

    def __init__(self, keys: KeyDirectory, clock: Clock, limits: RequestLimits | None = None) -> None:
        self._keys = keys
        self._clock = clock
        self._limits = limits

    def require(self, scope: str) -> Callable[..., Awaitable[Principal]]:
        """A FastAPI dependency: a principal that has `scope`."""

        async def principal(credentials: _Credentials, request: Request) -> Principal:
            found = await self._within_limits(request, credentials.credentials if credentials else "")
            if scope not in found.scopes:
                raise Forbidden(f"this API key lacks the scope {scope}")
            return found

        return principal

    async def _within_limits(self, request: Request, plain: str) -> Principal:
        """`identify`, as often as the address and the key may ask. Raises Unauthorised, TooManyRequests."""
        if self._limits is None:
            return await self.identify(plain)
        address, sha256 = request.client.host if request.client else "", _hash(plain)
        await self._limits.arrived(address, sha256)
        try:
            found = await self.identify(plain)
        except Unauthorised:
            await self._limits.failed(address)
            raise
        request.state.headers = await self._limits.allowed(found.key_id, sha256)
        return found

    async def identify(self, plain: str) -> Principal:
        """The principal of a key. Raises Unauthorised, the same for unknown, revoked and expired keys."""
        if not plain:
            raise Unauthorised
        key = None
        if plain.startswith(KEY_BEGINNING) and len(plain) <= _MAX_KEY_CHARS:
            key = await self._keys.find_api_key(_hash(plain))
        now = self._clock.now()
        if key is None or not key.is_valid(now):
            raise Unauthorised("the API key is unknown, revoked or expired")
        if key.last_used_at is None or now - key.last_used_at >= USE_IS_NOTED_EVERY:
            await self._keys.note_use(key, now)
        return Principal(tenant_id=TenantId(key.tenant_id), key_id=key.id, scopes=key.scopes)


def _hash(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "surrogateescape")).hexdigest()
