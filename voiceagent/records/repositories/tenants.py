"""Tenants. Not filtered by tenant: used at first start and by operators only."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.ids import TenantId
from voiceagent.records.models import TenantModel


class TenantRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def ensure(self, tenant_id: TenantId, name: str, now: datetime) -> None:
        """Create the tenant unless it exists."""
        statement = insert(TenantModel).values(id=tenant_id, name=name, created_at=now)
        await self._session.execute(statement.on_conflict_do_nothing(index_elements=["id"]))

    async def exists(self, tenant_id: TenantId) -> bool:
        return await self._session.scalar(select(TenantModel.id).where(TenantModel.id == tenant_id)) is not None
