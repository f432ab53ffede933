"""Agent profiles of one tenant. A version never changes; another content is another version."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import distinct_on
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
        newest = await self._newest(name)
        if newest is not None and newest.sha256 == sha256:
            newest.retired_at = None
            await self._session.flush()
            return value_of(newest, StoredProfile)
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

    async def keep_only(self, names: Collection[str], now: datetime) -> None:
        """The others answer and place no calls any more; their versions stay."""
        others = update(AgentProfileModel).where(
            AgentProfileModel.tenant_id == self._tenant_id,
            AgentProfileModel.name.not_in(names),
            AgentProfileModel.retired_at.is_(None),
        )
        await self._session.execute(others.values(retired_at=now))

    async def newest(self, name: str) -> StoredProfile | None:
        """The version that answers calls."""
        row = await self._newest(name)
        return None if row is None or row.retired_at is not None else value_of(row, StoredProfile)

    async def _newest(self, name: str) -> AgentProfileModel | None:
        query = (
            select(AgentProfileModel)
            .where(AgentProfileModel.tenant_id == self._tenant_id, AgentProfileModel.name == name)
            .order_by(AgentProfileModel.version.desc())
            .limit(1)
        )
        found: AgentProfileModel | None = await self._session.scalar(query)
        return found

    async def list(self, *, limit: int | None = None, after: str = "") -> Sequence[StoredProfile]:
        """The newest version of each profile by name, of those behind the name `after`."""
        query = (
            select(AgentProfileModel)
            .where(AgentProfileModel.tenant_id == self._tenant_id, AgentProfileModel.name > after)
            .order_by(AgentProfileModel.name, AgentProfileModel.version.desc())
            .ext(distinct_on(AgentProfileModel.name))
            .limit(limit)
        )
        return [value_of(row, StoredProfile) for row in await self._session.scalars(query)]

    async def versions(self, name: str, *, limit: int, before: int | None = None) -> Sequence[StoredProfile]:
        """Versions of one profile that are older than `before`, newest first."""
        query = (
            select(AgentProfileModel)
            .where(AgentProfileModel.tenant_id == self._tenant_id, AgentProfileModel.name == name)
            .order_by(AgentProfileModel.version.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(AgentProfileModel.version < before)
        return [value_of(row, StoredProfile) for row in await self._session.scalars(query)]
