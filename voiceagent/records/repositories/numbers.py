"""Telephone numbers of one tenant."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.ids import TenantId, new_id
from voiceagent.records.models import NumberModel
from voiceagent.records.values import Number, value_of

BY_SETTINGS: Final = "settings"
BY_API: Final = "api"
_HOLD: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('numbers of ' || :tenant_id, 0))")


class NumberRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def put(
        self, number: str, profile: str, settings: dict[str, Any], now: datetime, *, managed_by: str = BY_SETTINGS
    ) -> None:
        """Create the number or replace what it leads to, whoever managed it before."""
        statement = insert(NumberModel).values(
            id=new_id("num"),
            tenant_id=self._tenant_id,
            number=number,
            profile=profile,
            managed_by=managed_by,
            settings=settings,
            created_at=now,
            updated_at=now,
        )
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", "number"],
                set_={"profile": profile, "managed_by": managed_by, "settings": settings, "updated_at": now},
            )
        )

    async def keep_only(self, numbers: Collection[str]) -> None:
        """Remove those that the settings name no longer."""
        own = (NumberModel.tenant_id == self._tenant_id, NumberModel.managed_by == BY_SETTINGS)
        await self._session.execute(delete(NumberModel).where(*own, NumberModel.number.not_in(numbers)))

    async def hold(self) -> None:
        """Until the transaction ends nobody else who asks for this changes or publishes numbers."""
        await self._session.execute(_HOLD, {"tenant_id": self._tenant_id})

    async def find(self, number: str) -> Number | None:
        row = await self._session.scalar(
            select(NumberModel).where(NumberModel.tenant_id == self._tenant_id, NumberModel.number == number)
        )
        return None if row is None else value_of(row, Number)

    async def remove(self, number: str) -> None:
        mine = (NumberModel.tenant_id == self._tenant_id, NumberModel.number == number)
        await self._session.execute(delete(NumberModel).where(*mine))

    async def list(self, *, limit: int | None = None, after: str = "") -> Sequence[Number]:
        """Numbers in their order, those behind `after`."""
        own = (NumberModel.tenant_id == self._tenant_id, NumberModel.number > after)
        query = select(NumberModel).where(*own).order_by(NumberModel.number).limit(limit)
        return [value_of(row, Number) for row in await self._session.scalars(query)]
