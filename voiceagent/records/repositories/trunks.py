"""Trunks of one tenant."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.ids import TenantId, new_id
from voiceagent.records.models import TrunkModel
from voiceagent.records.values import Trunk, value_of


class TrunkRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def put(self, name: str, settings: dict[str, Any], now: datetime) -> None:
        """Create the trunk of that name or replace its settings."""
        statement = insert(TrunkModel).values(
            id=new_id("trk"), tenant_id=self._tenant_id, name=name, settings=settings, created_at=now, updated_at=now
        )
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", "name"], set_={"settings": settings, "updated_at": now}
            )
        )

    async def keep_only(self, names: Collection[str]) -> None:
        """Remove those that are configured no longer."""
        own = TrunkModel.tenant_id == self._tenant_id
        await self._session.execute(delete(TrunkModel).where(own, TrunkModel.name.not_in(names)))

    async def list(self, *, limit: int | None = None, after: str = "") -> Sequence[Trunk]:
        """Trunks by name, those behind the name `after`."""
        own = (TrunkModel.tenant_id == self._tenant_id, TrunkModel.name > after)
        query = select(TrunkModel).where(*own).order_by(TrunkModel.name).limit(limit)
        return [value_of(row, Trunk) for row in await self._session.scalars(query)]
