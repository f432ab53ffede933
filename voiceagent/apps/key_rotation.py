"""Brings the data keys of this installation under a new wrapping key."""

from dataclasses import dataclass
from pathlib import Path

from voiceagent.config.settings import Settings
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.opening import open_engine
from voiceagent.records.tenancy.check import Sees
from voiceagent.records.unit_of_work import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """`moved`: data keys that were wrapped anew. `folder`: where wrapping keys lie."""

    kek_id: str
    moved: int
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
            await work.audit.append(_rotated(kek_id, moved), SystemClock().now())
            await work.commit()
    finally:
        await engine.dispose()
    return Rotated(kek_id=kek_id, moved=moved, folder=folder)


def _rotated(kek_id: str, moved: int) -> Act:
    operator = Actor(kind="operator", auth="shell")
    return Act(
        action="data_keys.rotated", actor=operator, object_kind="key", details={"kek_id": kek_id, "moved": moved}
    )
