"""Legal holds of one tenant. Whoever places one waits for the deletions that have begun; none begins after it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import Conflict, NotFound
from voiceagent.core.ids import TenantId, new_id
from voiceagent.records.models import LegalHoldModel
from voiceagent.records.retention_values import LegalHold, Selector

_PLACING: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('holds of ' || :tenant_id, 0))")
_DELETING: Final = text("SELECT pg_advisory_xact_lock_shared(hashtextextended('holds of ' || :tenant_id, 0))")


class LegalHoldRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def place(
        self,
        *,
        matter: str,
        selector: Selector,
        classes: frozenset[ContentClass],
        reason: str,
        by: str,
        now: datetime,
    ) -> LegalHold:
        """In force once this transaction commits."""
        await lock_holds(self._session, self._tenant_id)
        row = LegalHoldModel(
            id=new_id("hold"),
            tenant_id=self._tenant_id,
            matter=matter,
            selector=selector.as_json(),
            classes=sorted(one.value for one in classes),
            reason=reason,
            placed_by=by,
            placed_at=now,
        )
        self._session.add(row)
        await self._session.flush()
        return hold_of(row)

    async def get(self, hold_id: str) -> LegalHold:
        """Raises NotFound."""
        return hold_of(await self._row(hold_id))

    async def list(self, *, active: bool | None, limit: int, before: str = "") -> Sequence[LegalHold]:
        """Newest first, of those with smaller ids than `before`; None for active and released ones."""
        query = (
            select(LegalHoldModel)
            .where(LegalHoldModel.tenant_id == self._tenant_id)
            .order_by(LegalHoldModel.id.desc())
            .limit(limit)
        )
        if active is not None:
            released = LegalHoldModel.released_at
            query = query.where(released.is_(None) if active else released.is_not(None))
        if before:
            query = query.where(LegalHoldModel.id < before)
        return [hold_of(row) for row in await self._session.scalars(query)]

    async def active(self) -> Sequence[LegalHold]:
        """All that are in force."""
        return await active_holds(await self._session.connection(), self._tenant_id)

    async def fixed(self) -> Sequence[LegalHold]:
        """The same, and until this unit of work ends no other is placed: for whoever deletes the rest."""
        connection = await self._session.connection()
        await share_holds_lock(connection, self._tenant_id)
        return await active_holds(connection, self._tenant_id)

    async def release(self, hold_id: str, *, by: str, now: datetime) -> LegalHold:
        """The first who asks is noted; another who asks after them releases it. Raises NotFound, Conflict."""
        row = await self._row(hold_id, locked=True)
        if row.released_at is not None:
            raise Conflict(f"hold {hold_id} was released at {row.released_at.isoformat()}")
        if row.release_asked_by == by:
            raise Conflict(
                f"you asked for the release of hold {hold_id} yourself; somebody else has to approve it, not with a "
                "key of your making"
            )
        if row.release_asked_by:
            row.approved_by, row.released_at = by, now
        else:
            row.release_asked_by, row.release_asked_at = by, now
        await self._session.flush()
        return hold_of(row)

    async def forget_caller(self, pseudonyms: Mapping[str, str]) -> int:
        """Let holds that are over name a caller, whose data was erased, by a pseudonym: how many."""
        caller = LegalHoldModel.selector["caller"].astext
        query = select(LegalHoldModel).where(
            LegalHoldModel.tenant_id == self._tenant_id,
            LegalHoldModel.released_at.is_not(None),
            caller.in_(pseudonyms),
        )
        rows = (await self._session.scalars(query)).all()
        for row in rows:
            row.selector = {**row.selector, "caller": pseudonyms[row.selector["caller"]]}
        await self._session.flush()
        return len(rows)

    async def _row(self, hold_id: str, *, locked: bool = False) -> LegalHoldModel:
        query = select(LegalHoldModel).where(LegalHoldModel.tenant_id == self._tenant_id, LegalHoldModel.id == hold_id)
        row = await self._session.scalar(query.with_for_update() if locked else query)
        if row is None:
            raise NotFound(f"there is no legal hold {hold_id}")
        return row


async def lock_holds(session: AsyncSession, tenant_id: str) -> None:
    """Wait for the deletions that have begun. Until the transaction ends no other begins, and nobody else has this."""
    await session.execute(_PLACING, {"tenant_id": tenant_id})


async def share_holds_lock(connection: AsyncConnection, tenant_id: str) -> None:
    """Until the transaction ends no hold of the tenant is placed, and no tag that a hold may go by changes."""
    await connection.execute(_DELETING, {"tenant_id": tenant_id})


async def active_holds(connection: AsyncConnection, tenant_id: str) -> Sequence[LegalHold]:
    """All holds of the tenant that are in force."""
    query = select(LegalHoldModel.__table__).where(
        LegalHoldModel.tenant_id == tenant_id, LegalHoldModel.released_at.is_(None)
    )
    return [_hold(dict(row)) for row in (await connection.execute(query)).mappings()]


def hold_of(row: LegalHoldModel) -> LegalHold:
    return _hold({column.name: getattr(row, column.name) for column in LegalHoldModel.__table__.columns})


def _hold(values: Mapping[str, Any]) -> LegalHold:
    fields = {name: value for name, value in values.items() if name in LegalHold.__dataclass_fields__}
    fields["selector"] = Selector.of_json(fields["selector"])
    fields["classes"] = frozenset(ContentClass(letter) for letter in fields["classes"])
    return LegalHold(**fields)
