"""Calls that somebody asked us to place, of one tenant."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.errors import Conflict, NotFound
from voiceagent.core.ids import TenantId
from voiceagent.records.models import CallEventModel, CallModel, OutboundCallModel
from voiceagent.records.outbound_values import CallSoFar, StoredOutboundCall
from voiceagent.records.values import value_of
from voiceagent.telephony.events import LegRinging

_LONGEST_CALL: Final = timedelta(days=1)  # whose end is not recorded by then has lost its record


_RANG: Final = exists().where(
    CallEventModel.call_id == OutboundCallModel.call_id, CallEventModel.type == LegRinging.TYPE
)
_SO_FAR: Final = select(
    OutboundCallModel.call_id,
    OutboundCallModel.asked_at,
    OutboundCallModel.claimed_at,
    OutboundCallModel.refused,
    _RANG.label("rang"),
    CallModel.answered_at,
    CallModel.ended_at,
    CallModel.reason,
).outerjoin(
    CallModel, and_(CallModel.tenant_id == OutboundCallModel.tenant_id, CallModel.call_id == OutboundCallModel.call_id)
)


class OutboundCallRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def add(self, call: StoredOutboundCall) -> None:
        self._session.add(OutboundCallModel(tenant_id=self._tenant_id, **asdict(call)))
        await self._session.flush()

    async def get(self, call_id: str) -> StoredOutboundCall:
        """Raises NotFound."""
        query = select(OutboundCallModel).where(
            OutboundCallModel.tenant_id == self._tenant_id, OutboundCallModel.call_id == call_id
        )
        row = await self._session.scalar(query)
        if row is None:
            raise NotFound(f"nobody asked for the call {call_id}")
        return value_of(row, StoredOutboundCall)

    async def so_far(self, call_ids: Collection[str]) -> Mapping[str, CallSoFar]:
        """What became of these, by their ids. Those that nobody asked for are missing."""
        query = _SO_FAR.where(OutboundCallModel.tenant_id == self._tenant_id, OutboundCallModel.call_id.in_(call_ids))
        return {row.call_id: _so_far(row) for row in await self._session.execute(query)}

    async def last_of(self, asked_by: str, *, since: datetime, limit: int) -> Sequence[CallSoFar]:
        """What became of those that somebody asked for from then on, the newest first."""
        query = (
            _SO_FAR.where(OutboundCallModel.tenant_id == self._tenant_id, OutboundCallModel.asked_by == asked_by)
            .where(OutboundCallModel.asked_at >= since)
            .order_by(OutboundCallModel.asked_at.desc())
            .limit(limit)
        )
        return [_so_far(row) for row in await self._session.execute(query)]

    async def claim(self, call_id: str, now: datetime, *, refused: str = "") -> None:
        """It is dialled now, or refused with that code; once. Raises Conflict when either was so before."""
        claimed = await self._session.scalar(
            update(OutboundCallModel)
            .where(
                OutboundCallModel.tenant_id == self._tenant_id,
                OutboundCallModel.call_id == call_id,
                OutboundCallModel.claimed_at.is_(None),
                OutboundCallModel.refused == "",
            )
            .values(claimed_at=None if refused else now, refused=refused)
            .returning(OutboundCallModel.call_id)
        )
        if claimed is None:
            raise Conflict(f"the call {call_id} was dialled or refused before")

    async def under_way(self, number_hash: str, now: datetime, *, but: str = "") -> bool:
        """Whether a call to the number, another than `but`, was dialled whose end is not recorded.

        What was said in it may not be recorded either.
        """
        over = exists().where(
            CallModel.tenant_id == OutboundCallModel.tenant_id,
            CallModel.call_id == OutboundCallModel.call_id,
            CallModel.ended_at.is_not(None),
        )
        query = select(
            exists().where(
                OutboundCallModel.tenant_id == self._tenant_id,
                OutboundCallModel.number_hash == number_hash,
                OutboundCallModel.call_id != but,
                OutboundCallModel.claimed_at > now - _LONGEST_CALL,
                ~over,
            )
        )
        return bool(await self._session.scalar(query))


def _so_far(row: Any) -> CallSoFar:
    return CallSoFar(
        asked_at=row.asked_at,
        claimed_at=row.claimed_at,
        refused=row.refused,
        rang=row.rang,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        reason=row.reason or "",
    )
