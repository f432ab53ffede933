"""Who is asking: Bearer tokens, which are API keys, or access tokens of people where an identity provider is set.

A key has 256 random bits and only its SHA-256 is compared, by an index; how long that takes tells nothing about a key.
"""

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from voiceagent.api.ports import KeyDirectory, RefusalSink, SignIn
from voiceagent.api.principal import Principal
from voiceagent.api.rate_limits import RequestLimits
from voiceagent.api.refusals import Refusal
from voiceagent.api.sign_in.refused import NotAdmitted, TokenRefused
from voiceagent.core.clock import Clock
from voiceagent.core.errors import Forbidden, Unauthorised
from voiceagent.core.ids import TenantId
from voiceagent.records.key_rules import USE_IS_NOTED_EVERY, is_used_within

KEY_BEGINNING: Final = "va_live_"
_MAX_KEY_CHARS = 200
_NO_KEY: Final = "the API key is unknown, revoked or expired"
_VISIBLE: Final = re.compile(r"va_live_[0-9a-f]{8}(?=_)")  # the part of a key that lists of keys show, too
_bearer = HTTPBearer(
    auto_error=False, scheme_name="ApiKey", description="`Authorization: Bearer va_live_…`, or a person's access token"
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


class Requirement:
    """A FastAPI dependency: a principal that has `scope`."""

    def __init__(self, guard: "Guard", scope: str) -> None:
        self._guard = guard
        self.scope = scope

    async def __call__(self, request: Request, credentials: Credentials) -> Principal:
        return await self._guard.admit(request, credentials.credentials if credentials else "", self.scope)


class Guard:
    """Turns credentials into a principal, or refuses, and tells `refusals` of it. Without `sign_in` only keys count."""

    def __init__(
        self,
        keys: KeyDirectory,
        clock: Clock,
        limits: RequestLimits | None = None,
        refusals: RefusalSink | None = None,
        sign_in: SignIn | None = None,
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._limits = limits
        self._refusals = refusals
        self._sign_in = sign_in

    def require(self, scope: str) -> Requirement:
        """A FastAPI dependency: a principal that has `scope`."""
        return Requirement(self, scope)

    async def admit(self, request: Request, plain: str, scope: str) -> Principal:
        """Raises Unauthorised, Forbidden, TooManyRequests."""
        ip = request.client.host if request.client else ""
        principal = await self._within_limits(request, plain, ip)
        if scope not in principal.scopes:
            await self._refused(principal, "scope", ip)
            whose = "your roles do not open this: they lack" if principal.is_person else "this API key lacks"
            raise Forbidden(f"{whose} the scope {scope}")
        return replace(principal, request_id=getattr(request.state, "request_id", ""), ip=ip)

    async def identify(self, plain: str, ip: str = "") -> Principal:
        """Raises Unauthorised, the same for unknown, revoked and expired keys, and Forbidden for whom we do not know.

        Forbidden, too, for a key from an address that it is not for.
        """
        return await self._identify(plain, ip)

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

    async def _within_limits(self, request: Request, plain: str, ip: str) -> Principal:
        """`_identify`, as often as the address and the principal may ask. Raises what it does, and TooManyRequests."""
        if self._limits is None:
            return await self._identify(plain, ip)
        sha256 = _hash(plain)
        await self._limits.arrived(ip, sha256)
        try:
            found = await self._identify(plain, ip)
        except (Unauthorised, NotAdmitted):
            await self._limits.failed(ip)
            raise
        request.state.headers = await self._limits.allowed(found.id, sha256)
        return found

    async def _identify(self, plain: str, ip: str) -> Principal:
        if not plain:
            await self._note(Refusal(reason="no_key", ip=ip))
            raise Unauthorised
        if self._sign_in is not None and not plain.startswith(KEY_BEGINNING):
            return await self._person(self._sign_in, plain, ip)
        return await self._of_key(plain, ip)

    async def _person(self, sign_in: SignIn, token: str, ip: str) -> Principal:
        try:
            return await sign_in.identify(token)
        except TokenRefused as error:
            await self._note(Refusal(reason=error.reason, ip=ip))
            raise
        except NotAdmitted as error:
            kind = "user" if error.user_id else "anonymous"
            refusal = Refusal(
                tenant_id=error.tenant_id, reason=error.reason, actor_kind=kind, actor=error.user_id, ip=ip
            )
            await self._note(refusal)
            raise

    async def _of_key(self, plain: str, ip: str) -> Principal:
        key, now = None, self._clock.now()
        if plain.startswith(KEY_BEGINNING) and len(plain) <= _MAX_KEY_CHARS:
            key = await self._keys.find_api_key(_hash(plain))
        if key is None:
            shown = _VISIBLE.match(plain)
            await self._note(Refusal(reason="unknown_key", actor=shown[0] if shown else "", ip=ip))
            raise Unauthorised(_NO_KEY)
        principal = Principal(
            tenant_id=TenantId(key.tenant_id), id=key.id, holder=key.holder, scopes=key.scopes, networks=key.networks
        )
        if not key.is_valid(now):
            await self._refused(principal, "key_over", ip)
            raise Unauthorised(_NO_KEY)
        if not is_used_within(ip, key.networks):
            await self._refused(principal, "network", ip)
            raise NotAdmitted(
                "network", "this API key is not for the address you use it from", tenant_id=principal.tenant_id
            )
        if key.last_used_at is None or now - key.last_used_at >= USE_IS_NOTED_EVERY:
            await self._keys.note_use(key, now)
        return principal

    async def _refused(self, principal: Principal, reason: str, ip: str) -> None:
        kind = "user" if principal.is_person else "api_key"
        refusal = Refusal(tenant_id=principal.tenant_id, reason=reason, actor_kind=kind, actor=principal.id, ip=ip)
        await self._note(refusal)

    async def _note(self, refusal: Refusal) -> None:
        if self._refusals is not None:
            await self._refusals.note(refusal)


def _hash(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "surrogateescape")).hexdigest()
