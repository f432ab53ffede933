"""Who is asking: API keys as Bearer tokens, looked up by their hash, each with a tenant and scopes.

A key has 256 random bits and only its SHA-256 is compared, by an index; how long that takes tells nothing about a key.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from voiceagent.api.ports import KeyDirectory, RefusalSink
from voiceagent.api.rate_limits import RequestLimits
from voiceagent.api.refusals import Refusal
from voiceagent.core.clock import Clock
from voiceagent.core.errors import Forbidden, Unauthorised
from voiceagent.core.ids import TenantId
from voiceagent.records.key_rules import USE_IS_NOTED_EVERY
from voiceagent.records.values import ApiKey

KEY_BEGINNING: Final = "va_live_"
_MAX_KEY_CHARS = 200
_VISIBLE: Final = re.compile(r"va_live_[0-9a-f]{8}(?=_)")  # the part of a key that lists of keys show, too
_bearer = HTTPBearer(auto_error=False, scheme_name="ApiKey", description="`Authorization: Bearer va_live_…`")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The holder of a valid key. Whatever is read or done is of this tenant; the last two are of the request."""

    tenant_id: TenantId
    key_id: str
    scopes: frozenset[str]
    request_id: str = ""
    ip: str = ""


class Guard:
    """Turns credentials into a principal, or refuses, and tells `refusals` of it."""

    def __init__(
        self,
        keys: KeyDirectory,
        clock: Clock,
        limits: RequestLimits | None = None,
        refusals: RefusalSink | None = None,
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._limits = limits
        self._refusals = refusals

    def require(self, scope: str) -> Callable[..., Awaitable[Principal]]:
        """A FastAPI dependency: a principal that has `scope`."""

        async def principal(request: Request, credentials: Credentials) -> Principal:
            ip = request.client.host if request.client else ""
            key = await self._within_limits(request, credentials.credentials if credentials else "", ip)
            if scope not in key.scopes:
                await self._refused(key, "scope", ip)
                raise Forbidden(f"this API key lacks the scope {scope}")
            request_id = getattr(request.state, "request_id", "")
            return Principal(
                tenant_id=TenantId(key.tenant_id), key_id=key.id, scopes=key.scopes, request_id=request_id, ip=ip
            )

        return principal

    async def identify(self, plain: str) -> Principal:
        """The principal of a key. Raises Unauthorised, the same for unknown, revoked and expired keys."""
        key = await self._identify(plain, "")
        return Principal(tenant_id=TenantId(key.tenant_id), key_id=key.id, scopes=key.scopes)

    @asynccontextmanager
    async def unknown_caller(self, request: Request) -> AsyncIterator[None]:
        """Around the check of somebody who shows no key: bounded by address, and noted when it raises Unauthorised."""
        ip = request.client.host if request.client else ""
        if self._limits is not None:
            await self._limits.arrived(ip, "")
        try:
            yield
        except Unauthorised:
            await self._note(Refusal(reason="bad_link", ip=ip))
            if self._limits is not None:
                await self._limits.failed(ip)
            raise

    async def _within_limits(self, request: Request, plain: str, ip: str) -> ApiKey:
        """`_identify`, as often as the address and the key may ask. Raises Unauthorised, TooManyRequests."""
        if self._limits is None:
            return await self._identify(plain, ip)
        sha256 = _hash(plain)
        await self._limits.arrived(ip, sha256)
        try:
            found = await self._identify(plain, ip)
        except Unauthorised:
            await self._limits.failed(ip)
            raise
        request.state.headers = await self._limits.allowed(found.id, sha256)
        return found

    async def _identify(self, plain: str, ip: str) -> ApiKey:
        if not plain:
            await self._note(Refusal(reason="no_key", ip=ip))
            raise Unauthorised
        key, now = None, self._clock.now()
        if plain.startswith(KEY_BEGINNING) and len(plain) <= _MAX_KEY_CHARS:
            key = await self._keys.find_api_key(_hash(plain))
        if key is None:
            shown = _VISIBLE.match(plain)
            await self._note(Refusal(reason="unknown_key", actor=shown[0] if shown else "", ip=ip))
        elif not key.is_valid(now):
            await self._refused(key, "key_over", ip)
            key = None
        if key is None:
            raise Unauthorised("the API key is unknown, revoked or expired")
        if key.last_used_at is None or now - key.last_used_at >= USE_IS_NOTED_EVERY:
            await self._keys.note_use(key, now)
        return key

    async def _refused(self, key: ApiKey, reason: str, ip: str) -> None:
        tenant_id = TenantId(key.tenant_id)
        await self._note(Refusal(tenant_id=tenant_id, reason=reason, actor_kind="api_key", actor=key.id, ip=ip))

    async def _note(self, refusal: Refusal) -> None:
        if self._refusals is not None:
            await self._refusals.note(refusal)


def _hash(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "surrogateescape")).hexdigest()
