"""Telephone numbers of one tenant."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.ids import TenantId, new_id
from voiceagent.records.models import NumberModel
from voiceagent.records.values import Number, value_of


class NumberRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def put(self, number: str, profile: str, settings: dict[str, Any], now: datetime) -> None:
        """Create the number or replace what it leads to."""
        statement = insert(NumberModel).values(
            id=new_id("num"),
            tenant_id=self._tenant_id,
            number=number,
            profile=profile,
            settings=settings,
            created_at=now,
            updated_at=now,
        )
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", "number"],
                set_={"profile": profile, "settings": settings, "updated_at": now},
            )
        )

    async def keep_only(self, numbers: Collection[str]) -> None:
        """Remove those that are configured no longer."""
        own = NumberModel.tenant_id == self._tenant_id
        await self._session.execute(delete(NumberModel).where(own, NumberModel.number.not_in(numbers)))

    async def list(self, *, limit: int | None = None, after: str = "") -> Sequence[Number]:
        """Numbers in their order, those behind `after`."""
        own = (NumberModel.tenant_id == self._tenant_id, NumberModel.number > after)
        query = select(NumberModel).where(*own).order_by(NumberModel.number).limit(limit)
        return [value_of(row, Number) for row in await self._session.scalars(query)]
