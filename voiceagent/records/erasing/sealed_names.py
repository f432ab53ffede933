"""The numbers of a person who asked for something, readable only by whoever has the tenant's wrapping keys."""

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from voiceagent.core.errors import Damaged
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.keys import KeyProvider, WrappedKey
from voiceagent.records.erasure_values import Sealed

ERASURE: Final = "erasure request"
EXPORT: Final = "export"
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32


class SealedNames:
    """Numbers and ids of calls of one request. What they are for is bound to them: tenant, request and `kind` of it."""

    def __init__(self, provider: KeyProvider, kind: str = ERASURE) -> None:
        self._provider = provider
        self._kind = kind

    def of_kind(self, kind: str) -> "SealedNames":
        """The same for requests of another kind: what is sealed for one does not open for the other."""
        return SealedNames(self._provider, kind)

    async def seal(
        self, tenant_id: TenantId, request_id: str, numbers: Sequence[str], call_ids: Sequence[str]
    ) -> Sealed:
        """Raises Unavailable."""
        binding = self._binding(tenant_id, request_id)
        secret, nonce = secrets.token_bytes(_KEY_BYTES), os.urandom(_NONCE_BYTES)
        plain = json.dumps({"numbers": list(numbers), "call_ids": list(call_ids)}).encode()
        wrapped = await self._provider.wrap(tenant_id, secret, binding)
        return Sealed(
            kek_id=wrapped.kek_id, key=wrapped.wrapped, names=nonce + AESGCM(secret).encrypt(nonce, plain, binding)
        )

    async def rewrap(self, tenant_id: TenantId, request_id: str, sealed: Sealed) -> Sealed:
        """The same under the newest wrapping key. Raises NotFound, Damaged, Unavailable."""
        binding = self._binding(tenant_id, request_id)
        secret = await self._provider.unwrap(tenant_id, WrappedKey(kek_id=sealed.kek_id, wrapped=sealed.key), binding)
        anew = await self._provider.wrap(tenant_id, secret, binding)
        return replace(sealed, kek_id=anew.kek_id, key=anew.wrapped)

    async def open(self, tenant_id: TenantId, request_id: str, sealed: Sealed) -> tuple[Sequence[str], Sequence[str]]:
        """Numbers and call ids. Raises NotFound, Damaged, Unavailable."""
        binding = self._binding(tenant_id, request_id)
        secret = await self._provider.unwrap(tenant_id, WrappedKey(kek_id=sealed.kek_id, wrapped=sealed.key), binding)
        try:
            plain = AESGCM(secret).decrypt(sealed.names[:_NONCE_BYTES], sealed.names[_NONCE_BYTES:], binding)
        except (InvalidTag, ValueError) as error:
            raise Damaged(f"what {self._kind} {request_id} names was changed; make a new one") from error
        found = json.loads(plain)
        return found["numbers"], found["call_ids"]

    def _binding(self, tenant_id: TenantId, request_id: str) -> bytes:
        return f"{self._kind}|{tenant_id}|{request_id}".encode()
