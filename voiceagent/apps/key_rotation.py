"""Brings the data keys of this installation, and what names people in requests, under the newest wrapping key."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from voiceagent.apps.wrapping_keys import opened_keys, where_keys_are
from voiceagent.config.settings import Settings
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.contact_seal import ContactSeals
from voiceagent.records.at_rest.data_keys import DataKeys, keys_under
from voiceagent.records.at_rest.key_probe import probe
from voiceagent.records.at_rest.keys import KeyProvider
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.erasing.sealed_names import EXPORT, SealedNames
from voiceagent.records.opening import open_engine
from voiceagent.records.tenancy.check import Sees
from voiceagent.records.unit_of_work import Records, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """`moved`: keys of data and of campaigns; `requests`: of erasure and export; `where` `kek_id` is kept."""

    kek_id: str
    moved: int
    requests: int
    where: str


async def rotate_keys(settings: Settings, database_url: str) -> Moved:
    """Make a new wrapping key, and move everything under it. Interrupted, `move_keys` goes on.

    Raises StoreUnavailable, Unavailable, Damaged, and ConfigError for a login that may not move them: the API's is
    refused by Postgres, an owner's sees none.
    """
    async with _opened(settings, database_url) as (records, provider):
        kek_id = await provider.rotate(TenantId(settings.tenant))
        return await _move(settings, records, provider, kek_id, "data_keys.rotated")


async def move_keys(settings: Settings, database_url: str) -> Moved:
    """Move everything under the newest wrapping key, whoever made that. Raises what `rotate_keys` raises."""
    async with _opened(settings, database_url) as (records, provider):
        kek_id = await probe(provider, TenantId(settings.tenant))
        return await _move(settings, records, provider, kek_id, "data_keys.moved")


async def keys_in_use(settings: Settings, database_url: str) -> Mapping[str, int]:
    """How many data keys and requests lie under each wrapping key. Raises StoreUnavailable, ConfigError."""
    tenant_id, engine = TenantId(settings.tenant), await open_engine(database_url, Sees.EVERY_TENANT, pool_size=1)
    try:
        used = Counter(await keys_under(engine, tenant_id))
        async with Records(engine).unit_of_work(tenant_id) as work:
            used.update(one.sealed.kek_id for one in await work.erasures.sealed_otherwise("") if one.sealed)
            used.update(sealed.kek_id for _, sealed in await work.exports.sealed_otherwise(""))
            used.update(key.kek_id for _, key in await work.campaigns.sealed_otherwise(""))
    finally:
        await engine.dispose()
    return dict(sorted(used.items()))


@asynccontextmanager
async def _opened(settings: Settings, database_url: str) -> AsyncIterator[tuple[Records, KeyProvider]]:
    engine = await open_engine(database_url, Sees.EVERY_TENANT, pool_size=1)
    try:
        async with opened_keys(settings) as provider:
            yield Records(engine), provider
    finally:
        await engine.dispose()


async def _move(settings: Settings, records: Records, provider: KeyProvider, kek_id: str, action: str) -> Moved:
    tenant_id = TenantId(settings.tenant)
    moved = await DataKeys(records.engine, provider).rewrap(tenant_id, kek_id)
    async with records.unit_of_work(tenant_id) as work:
        requests = await rewrap_requests(work, tenant_id, SealedNames(provider), kek_id)
        campaigns = await rewrap_campaigns(work, tenant_id, ContactSeals(provider), kek_id)
        await work.audit.append(_act(action, kek_id, moved + requests + campaigns), SystemClock().now())
        await work.commit()
    return Moved(kek_id=kek_id, moved=moved + campaigns, requests=requests, where=where_keys_are(settings))


async def rewrap_requests(work: UnitOfWork, tenant_id: TenantId, names: SealedNames, kek_id: str) -> int:
    """How many requests for erasure, and for exports of one person, were under another key than `kek_id`.

    Raises NotFound, Damaged, Unavailable.
    """
    older = await work.erasures.sealed_otherwise(kek_id)
    for request in older:
        if request.sealed is not None:
            await work.erasures.reseal(request.id, await names.rewrap(tenant_id, request.id, request.sealed))
    exports, of_exports = await work.exports.sealed_otherwise(kek_id), names.of_kind(EXPORT)
    for export_id, sealed in exports:
        await work.exports.reseal(export_id, await of_exports.rewrap(tenant_id, export_id, sealed))
    return len(older) + len(exports)


async def rewrap_campaigns(work: UnitOfWork, tenant_id: TenantId, seals: ContactSeals, kek_id: str) -> int:
    """How many campaigns' keys were under another key than `kek_id`. Raises NotFound, Damaged, Unavailable."""
    older = await work.campaigns.sealed_otherwise(kek_id)
    for campaign_id, key in older:
        await work.campaigns.reseal(campaign_id, await seals.rewrap(tenant_id, campaign_id, key))
    return len(older)


def _act(action: str, kek_id: str, moved: int) -> Act:
    operator = Actor(kind="operator", auth="shell")
    return Act(action=action, actor=operator, object_kind="key", details={"kek_id": kek_id, "moved": moved})
