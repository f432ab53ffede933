"""Agent profiles of one tenant. A version never changes; another content is another version."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.ids import TenantId, new_id
from voiceagent.records.models import AgentProfileModel
from voiceagent.records.values import StoredProfile, value_of


class AgentProfileRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def put(self, name: str, sha256: str, document: dict[str, Any], now: datetime) -> StoredProfile:
        """The newest version when its content is the same, else a new version with the next number."""
        newest = await self.newest(name)
        if newest is not None and newest.sha256 == sha256:
            return newest
        row = AgentProfileModel(
            id=new_id("prf"),
            tenant_id=self._tenant_id,
            name=name,
            version=newest.version + 1 if newest else 1,
            sha256=sha256,
            document=document,
            created_at=now,
        )
        self._session.add(row)
        await self._session.flush()
        return value_of(row, StoredProfile)

    async def newest(self, name: str) -> StoredProfile | None:
        """The version that answers calls."""
        query = (
            select(AgentProfileModel)
            .where(AgentProfileModel.tenant_id == self._tenant_id, AgentProfileModel.name == name)
            .order_by(AgentProfileModel.version.desc())
            .limit(1)
        )
        row = await self._session.scalar(query)
        return None if row is None else value_of(row, StoredProfile)

    async def list(self) -> Sequence[StoredProfile]:
        """The newest version of each profile, by name."""
        newest = (
            select(AgentProfileModel.name, func.max(AgentProfileModel.version).label("version"))
            .where(AgentProfileModel.tenant_id == self._tenant_id)
            .group_by(AgentProfileModel.name)
            .subquery()
        )
        query = (
            select(AgentProfileModel)
            .join(
                newest,
                tuple_(AgentProfileModel.name, AgentProfileModel.version) == tuple_(newest.c.name, newest.c.version),
            )
            .where(AgentProfileModel.tenant_id == self._tenant_id)
            .order_by(AgentProfileModel.name)
        )
        return [value_of(row, StoredProfile) for row in await self._session.scalars(query)]
