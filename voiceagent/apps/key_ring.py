"""Keys to the API for whoever runs the installation: they hold no key, so theirs limits nothing."""

from collections.abc import Sequence
from typing import Any

from voiceagent.core.clock import Clock
from voiceagent.core.ids import TenantId
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.key_rules import ALL_SCOPES, check_networks, check_scopes, life_of
from voiceagent.records.secrets import mint_api_key
from voiceagent.records.unit_of_work import Records
from voiceagent.records.values import ApiKey


class KeyRing:
    """Answers as JSON values. Every method raises StoreUnavailable."""

    def __init__(self, records: Records, tenant: str, clock: Clock) -> None:
        self._records = records
        self._tenant_id = TenantId(tenant)
        self._clock = clock

    async def list(self) -> list[dict[str, Any]]:
        """Oldest first."""
        async with self._records.unit_of_work(self._tenant_id) as work:
            return [_shown(key) for key in await work.api_keys.list()]

    async def create(
        self, name: str, scopes: Sequence[str] | None, days: int, networks: Sequence[str] = ()
    ) -> dict[str, Any]:
        """With the key itself; no scopes named means all. Raises BadInput."""
        usable = check_networks(networks)
        wanted, life = check_scopes(scopes or ALL_SCOPES), life_of(days)
        minted, now = mint_api_key(), self._clock.now()
        async with self._records.unit_of_work(self._tenant_id) as work:
            key = await work.api_keys.add(name, minted, wanted, now, expires_at=now + life, networks=usable)
            await work.audit.append(_act("api_key.minted", key), now)
            await work.commit()
        return {**_shown(key), "key": minted.plain}

    async def revoke(self, key_id: str) -> dict[str, Any]:
        """Also the last one: another can be made here. Raises NotFound."""
        async with self._records.unit_of_work(self._tenant_id) as work:
            now = self._clock.now()
            await work.api_keys.revoke(key_id, now)
            key = await work.api_keys.get(key_id)
            await work.audit.append(_act("api_key.revoked", key), now)
            await work.commit()
        return _shown(key)


def _act(action: str, key: ApiKey) -> Act:
    details = {"name": key.name, "prefix": key.prefix, "scopes": sorted(key.scopes)}
    operator = Actor(kind="operator", auth="shell")
    return Act(action=action, actor=operator, object_kind="api_key", object_id=key.id, details=details)


def _shown(key: ApiKey) -> dict[str, Any]:
    moments = ("created_at", "expires_at", "revoked_at", "last_used_at")
    times = {name: moment.isoformat() if (moment := getattr(key, name)) else None for name in moments}
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": sorted(key.scopes),
        "holder": key.holder,
        "networks": list(key.networks),
        **times,
    }
