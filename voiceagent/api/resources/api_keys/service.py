"""API keys of the principal's tenant."""

from collections.abc import Sequence

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.api.resources.api_keys.schemas import NewApiKey
from voiceagent.api.standing import check_still_there
from voiceagent.core.clock import Clock
from voiceagent.core.errors import Forbidden
from voiceagent.records.key_rules import KEYS_WRITE, check_networks, check_scopes, life_of
from voiceagent.records.secrets import MintedKey, mint_api_key
from voiceagent.records.unit_of_work import Records
from voiceagent.records.values import ApiKey


class ApiKeyService:
    def __init__(self, *, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    async def list(self, principal: Principal, *, limit: int, after: str) -> Sequence[ApiKey]:
        """Oldest first."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.api_keys.page(limit=limit, after=after)

    async def create(self, principal: Principal, new: NewApiKey) -> tuple[ApiKey, MintedKey]:
        """A key that opens no more than the principal's own. Raises BadInput, Forbidden."""
        wanted, now = check_scopes(new.scopes), self._clock.now()
        if beyond := wanted - principal.scopes:
            raise Forbidden(
                f"you lack {', '.join(sorted(beyond))} yourself, so you cannot make a key with it; "
                "`voiceagent keys create` on the server can"
            )
        networks, minted = check_networks(new.networks, principal.networks), mint_api_key()
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await check_still_there(work, principal, wanted)
            key = await work.api_keys.add(
                new.name,
                minted,
                wanted,
                now,
                expires_at=now + life_of(new.days),
                holder=principal.holder,
                networks=networks,
            )
            details = {"name": new.name, "prefix": key.prefix, "scopes": sorted(wanted), "networks": list(networks)}
            await work.audit.append(act_of(principal, "api_key.minted", "api_key", key.id, **details), now)
            await work.commit()
        return key, minted

    async def revoke(self, principal: Principal, key_id: str) -> None:
        """Raises NotFound, and Conflict for the last key with which keys could be made."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            now = self._clock.now()
            await work.api_keys.revoke_unless_last(key_id, now, KEYS_WRITE)
            await work.audit.append(act_of(principal, "api_key.revoked", "api_key", key_id), now)
            await work.commit()
