"""Brings the data keys of this installation, and what names people in erasure requests, under a new wrapping key."""

from dataclasses import dataclass
from pathlib import Path

from voiceagent.config.settings import Settings
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.erasing.sealed_names import SealedNames
from voiceagent.records.opening import open_engine
from voiceagent.records.tenancy.check import Sees
from voiceagent.records.unit_of_work import Records, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """`moved`: data keys that were wrapped anew; `requests`: of erasure, too. `folder`: where wrapping keys lie."""

    kek_id: str
    moved: int
    requests: int
    folder: Path


async def rotate_keys(settings: Settings, database_url: str) -> Rotated:
    """Interrupted, it is simply run again. Raises StoreUnavailable, Unavailable, Damaged, and ConfigError for a login
    that may not move them: the API's is refused by Postgres, an owner's sees none.
    """
    tenant_id, folder = TenantId(settings.tenant), settings.state_dir / "keys"
    provider, engine = LocalKeys(folder), await open_engine(database_url, Sees.EVERY_TENANT, pool_size=1)
    try:
        kek_id = await provider.rotate(tenant_id)
        moved = await DataKeys(engine, provider).rewrap(tenant_id, kek_id)
        async with Records(engine).unit_of_work(tenant_id) as work:
            requests = await rewrap_requests(work, tenant_id, SealedNames(provider), kek_id)
            await work.audit.append(_rotated(kek_id, moved + requests), SystemClock().now())
            await work.commit()
    finally:
        await engine.dispose()
    return Rotated(kek_id=kek_id, moved=moved, requests=requests, folder=folder)


async def rewrap_requests(work: UnitOfWork, tenant_id: TenantId, names: SealedNames, kek_id: str) -> int:
    """How many requests for erasure were under another key than `kek_id`. Raises NotFound, Damaged, Unavailable."""
    older = await work.erasures.sealed_otherwise(kek_id)
    for request in older:
        if request.sealed is not None:
            await work.erasures.reseal(request.id, await names.rewrap(tenant_id, request.id, request.sealed))
    return len(older)


def _rotated(kek_id: str, moved: int) -> Act:
    operator = Actor(kind="operator", auth="shell")
    return Act(
        action="data_keys.rotated", actor=operator, object_kind="key", details={"kek_id": kek_id, "moved": moved}
    )
