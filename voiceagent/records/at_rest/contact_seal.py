"""The numbers that a campaign calls, readable only by whoever has the tenant's wrapping keys.

One key per campaign, wrapped by the tenant's key: a request of hundreds asks the keeper of keys once, and who looks
every second keeps it open for minutes (`KeptSeals`). AES-256-GCM, with a
nonce before each number, bound to tenant, campaign and contact.
"""

import os
import secrets
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from voiceagent.core.clock import Clock
from voiceagent.core.errors import Damaged
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.keys import KeyProvider, WrappedKey

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_KEPT_S: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSeal:
    """The open key of one campaign."""

    tenant_id: TenantId
    campaign_id: str
    secret: bytes = field(repr=False)

    def seal(self, contact_id: str, number: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self.secret).encrypt(nonce, number.encode(), self._binding(contact_id))

    def open(self, contact_id: str, sealed: bytes) -> str:
        """Raises Damaged."""
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return AESGCM(self.secret).decrypt(nonce, text, self._binding(contact_id)).decode()
        except (InvalidTag, ValueError) as error:
            raise Damaged(f"the number of contact {contact_id} was changed; take it off and add it anew") from error

    def _binding(self, contact_id: str) -> bytes:
        return f"contact|{self.tenant_id}|{self.campaign_id}|{contact_id}".encode()


class ContactSeals:
    """Makes, opens and re-wraps the keys of campaigns. Raises NotFound, Damaged, Unavailable of the provider."""

    def __init__(self, provider: KeyProvider) -> None:
        self._provider = provider

    async def make(self, tenant_id: TenantId, campaign_id: str) -> WrappedKey:
        """A new key, wrapped."""
        secret = secrets.token_bytes(_KEY_BYTES)
        return await self._provider.wrap(tenant_id, secret, _binding(tenant_id, campaign_id))

    async def open(self, tenant_id: TenantId, campaign_id: str, wrapped: WrappedKey) -> ContactSeal:
        secret = await self._provider.unwrap(tenant_id, wrapped, _binding(tenant_id, campaign_id))
        return ContactSeal(tenant_id=tenant_id, campaign_id=campaign_id, secret=secret)

    async def rewrap(self, tenant_id: TenantId, campaign_id: str, wrapped: WrappedKey) -> WrappedKey:
        """The same under the newest wrapping key."""
        binding = _binding(tenant_id, campaign_id)
        return await self._provider.wrap(tenant_id, await self._provider.unwrap(tenant_id, wrapped, binding), binding)


class KeptSeals:
    """Opened keys, kept for minutes: whoever looks every second would ask a keeper of keys, who counts, each time."""

    def __init__(self, seals: ContactSeals, clock: Clock) -> None:
        self._seals = seals
        self._clock = clock
        self._kept: dict[str, tuple[float, WrappedKey, ContactSeal]] = {}

    async def open(self, tenant_id: TenantId, campaign_id: str, wrapped: WrappedKey) -> ContactSeal:
        """Raises NotFound, Damaged, Unavailable of the provider."""
        now = self._clock.monotonic()
        self._kept = {one: kept for one, kept in self._kept.items() if now - kept[0] < _KEPT_S}
        at, key, seal = self._kept.get(campaign_id, (0.0, None, None))
        if seal is None or key != wrapped:
            at, seal = now, await self._seals.open(tenant_id, campaign_id, wrapped)
        self._kept[campaign_id] = at, wrapped, seal
        return seal


def _binding(tenant_id: TenantId, campaign_id: str) -> bytes:
    return f"campaign|{tenant_id}|{campaign_id}".encode()
