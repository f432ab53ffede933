"""The ledger of effects in Postgres: each move is one conditional UPDATE, so two processes never both make it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Executable, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from voiceagent.conversation.effects import A_DAY, EffectState, Entry, Proposal
from voiceagent.core.errors import NotFound
from voiceagent.core.ids import CallId, ProposalId, TenantId
from voiceagent.records.engine import store_errors
from voiceagent.records.models import EffectModel


class PostgresLedger:
    """Implements `background.effects.ledger.EffectLedger`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def propose(self, proposal: Proposal) -> None:
        """Enter a new proposal. Raises StoreUnavailable."""
        values = {name: getattr(proposal, name) for name in type(proposal).__dataclass_fields__}
        with store_errors():
            async with AsyncSession(self._engine) as session:
                session.add(EffectModel(**values, state=EffectState.PROPOSED, attempts=0, result={}, error=""))
                await session.commit()

    async def find(self, proposal_id: ProposalId) -> Entry:
        """Raises NotFound, StoreUnavailable."""
        with store_errors():
            async with AsyncSession(self._engine) as session:
                row = await session.get(EffectModel, proposal_id)
        if row is None:
            raise NotFound(f"there is no proposal {proposal_id}")
        return _entry(row)

    async def alike(self, proposal: Proposal) -> Entry | None:
        """The newest one for the same thing whose end is not known. Raises StoreUnavailable."""
        query = (
            select(EffectModel)
            .where(
                EffectModel.tenant_id == proposal.tenant_id,
                EffectModel.caller == proposal.caller,
                EffectModel.tool == proposal.tool,
                EffectModel.arguments == proposal.arguments,
                EffectModel.state.in_((EffectState.COMMITTING, EffectState.UNKNOWN)),
                EffectModel.proposed_at > proposal.proposed_at - A_DAY,
            )
            .order_by(EffectModel.proposed_at.desc())
            .limit(1)
        )
        with store_errors():
            async with AsyncSession(self._engine) as session:
                row = await session.scalar(query)
        return _entry(row) if row is not None else None

    async def claim(self, proposal_id: ProposalId, *, now: datetime, until: datetime) -> Entry | None:
        """Of several at once one gets the entry. Raises NotFound, StoreUnavailable."""
        free = or_(
            EffectModel.state == EffectState.PROPOSED,
            (EffectModel.state == EffectState.COMMITTING) & (EffectModel.held_until <= now),
        )
        claimed = await self._updated(
            update(EffectModel)
            .where(EffectModel.proposal_id == proposal_id, free)
            .values(state=EffectState.COMMITTING, attempts=EffectModel.attempts + 1, held_until=until)
            .returning(EffectModel)
        )
        if claimed is None:
            await self.find(proposal_id)
            return None
        return _entry(claimed)

    async def settle(
        self, proposal_id: ProposalId, *, attempt: int, state: EffectState, result: dict[str, Any], error: str
    ) -> bool:
        """Write down the end, unless a later attempt has taken over. Raises StoreUnavailable."""
        settled = await self._updated(
            update(EffectModel)
            .where(
                EffectModel.proposal_id == proposal_id,
                EffectModel.state == EffectState.COMMITTING,
                EffectModel.attempts == attempt,
            )
            .values(state=state, result=result, error=error, held_until=None)
            .returning(EffectModel)
        )
        return settled is not None

    async def abandoned(self, now: datetime, limit: int) -> tuple[ProposalId, ...]:
        """What nobody holds any more, the longest waiting first. Raises StoreUnavailable."""
        query = (
            select(EffectModel.proposal_id)
            .where(EffectModel.state == EffectState.COMMITTING, EffectModel.held_until <= now)
            .order_by(EffectModel.held_until)
            .limit(limit)
        )
        with store_errors():
            async with AsyncSession(self._engine) as session:
                return tuple(ProposalId(found) for found in await session.scalars(query))

    async def _updated(self, statement: Executable) -> EffectModel | None:
        """One statement, one transaction; the row that it changed."""
        with store_errors():
            async with AsyncSession(self._engine, expire_on_commit=False) as session:
                row = (await session.scalars(statement)).one_or_none()
                await session.commit()
                return row


def _entry(row: EffectModel) -> Entry:
    proposal = Proposal(
        proposal_id=ProposalId(row.proposal_id),
        tenant_id=TenantId(row.tenant_id),
        call_id=CallId(row.call_id),
        caller=row.caller,
        tool=row.tool,
        arguments=row.arguments,
        proposed_at=row.proposed_at,
    )
    return Entry(
        proposal=proposal,
        state=EffectState(row.state),
        attempts=row.attempts,
        held_until=row.held_until,
        result=row.result,
        error=row.error,
    )
