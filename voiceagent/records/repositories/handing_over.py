"""Transfers and callbacks of one tenant."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.errors import Conflict, NotFound
from voiceagent.core.ids import TenantId
from voiceagent.records.models import CallbackModel, TransferModel
from voiceagent.records.repositories.calls import CallCursor
from voiceagent.records.values import StoredCallback, StoredTransfer, value_of


class TransferRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def get(self, reference: str) -> StoredTransfer:
        """Raises NotFound."""
        query = select(TransferModel).where(
            TransferModel.tenant_id == self._tenant_id, TransferModel.reference == reference
        )
        row = await self._session.scalar(query)
        if row is None:
            raise NotFound(f"there is no transfer {reference}; one that was asked for just now may take a second")
        return value_of(row, StoredTransfer)


class CallbackRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def list(self, *, state: str, limit: int, after: CallCursor | None = None) -> Sequence[StoredCallback]:
        """Those of a state, the one that waits longest first, after (`started_at`, `call_id`) as time and id."""
        query = (
            select(CallbackModel)
            .where(CallbackModel.tenant_id == self._tenant_id, CallbackModel.state == state)
            .order_by(CallbackModel.requested_at, CallbackModel.id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(
                tuple_(CallbackModel.requested_at, CallbackModel.id) > (after.started_at, after.call_id)
            )
        return [value_of(row, StoredCallback) for row in await self._session.scalars(query)]

    async def get(self, callback_id: str) -> StoredCallback:
        """Raises NotFound."""
        query = select(CallbackModel).where(CallbackModel.tenant_id == self._tenant_id, CallbackModel.id == callback_id)
        row = await self._session.scalar(query)
        if row is None:
            raise NotFound(f"there is no callback {callback_id}")
        return value_of(row, StoredCallback)

    async def close(self, callback_id: str, *, outcome: str, by: str, at: datetime) -> StoredCallback:
        """One of two who close it at once wins. Raises NotFound, Conflict when it is closed already."""
        statement = (
            update(CallbackModel)
            .where(
                CallbackModel.tenant_id == self._tenant_id,
                CallbackModel.id == callback_id,
                CallbackModel.state == "open",
            )
            .values(state="closed", outcome=outcome, closed_by=by, closed_at=at)
            .returning(CallbackModel.id)
        )
        closed = await self._session.scalar(statement)
        found = await self.get(callback_id)
        if closed is None:
            raise Conflict(f"callback {callback_id} is closed already: {found.outcome}")
        return found
