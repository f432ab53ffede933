"""Trunks of one tenant."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
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

    async def list(self) -> Sequence[Trunk]:
        """All trunks by name."""
        query = select(TrunkModel).where(TrunkModel.tenant_id == self._tenant_id).order_by(TrunkModel.name)
        return [value_of(row, Trunk) for row in await self._session.scalars(query)]
