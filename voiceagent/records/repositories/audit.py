"""The audit log of one tenant: entries are added and read, and what they know of people is erased; nothing else."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, ColumnElement, any_, case, delete, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.ids import TenantId
from voiceagent.records.audit.access import Opening
from voiceagent.records.audit.act import Act
from voiceagent.records.audit.append import append, hold
from voiceagent.records.audit.entry import AuditEntry
from voiceagent.records.models import AuditCheckpointModel, AuditDetailModel, AuditEntryModel

_ENDLESS: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Empty fields do not filter. `actor` and `object_` are ids."""

    action: str = ""
    actor: str = ""
    object_: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAct:
    """An entry with its details, which are PII; None when they are erased."""

    entry: AuditEntry
    leaf: bytes
    details: dict[str, Any] | None = field(repr=False)


class AuditRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def append(self, act: Act, now: datetime) -> int:
        """Add what was done; its seq. Counts with the commit of this unit of work, which it ought to come last in."""
        return await append(self._session, self._tenant_id, act, now)

    async def hold(self) -> None:
        """Nobody else appends until this unit of work ends."""
        await hold(self._session, self._tenant_id)

    async def read(self, actors: Sequence[str], *, reason: str, since: datetime) -> AbstractSet[tuple[bool, str]]:
        """Whose sound (True) and words (False) these actors have read since then for that reason: ids of objects."""
        query = (
            select(AuditEntryModel.action == "recording.read", AuditEntryModel.object_id)
            .distinct()
            .where(
                AuditEntryModel.tenant_id == self._tenant_id,
                AuditEntryModel.actor_id.in_(actors),
                AuditEntryModel.seq > await self._signed_before(since),
                AuditEntryModel.at >= since,
                AuditEntryModel.reason == reason,
            )
        )
        return {(sound, object_id) for sound, object_id in await self._session.execute(query)}

    async def openings(
        self, kinds: Mapping[str, str], *, since: datetime, until: datetime, raw: str
    ) -> Sequence[Opening]:
        """Who opened what from then on and before `until`.

        `kinds`: of what is opened, by the action that opens it. `raw`: the reason of what is not masked.
        """
        entry = AuditEntryModel
        kind, day = case(dict(kinds), value=entry.action), func.date(func.timezone("UTC", entry.at))
        actor = func.coalesce(func.nullif(entry.actor_id, ""), entry.actor_kind)
        of_one = (actor, kind, day, entry.purpose, entry.reason == raw, entry.result != "ok")
        query = (
            select(*of_one, func.count(entry.object_id.distinct()), func.count())
            .where(
                entry.tenant_id == self._tenant_id,
                entry.action.in_(kinds),
                entry.seq > await self._signed_before(since),
                entry.seq <= await self._signed_after(until),
                entry.at >= since,
                entry.at < until,
            )
            .group_by(*of_one)
        )
        names = [field.name for field in fields(Opening)]
        return [Opening(**dict(zip(names, row, strict=True))) for row in await self._session.execute(query)]

    async def _signed_before(self, since: datetime) -> int:
        """All entries of then on have a larger seq: they have an order, and no index by time."""
        query = (
            select(AuditCheckpointModel.size)
            .where(AuditCheckpointModel.tenant_id == self._tenant_id, AuditCheckpointModel.at < since)
            .order_by(AuditCheckpointModel.size.desc())
            .limit(1)
        )
        return await self._session.scalar(query) or 0

    async def _signed_after(self, until: datetime) -> int:
        """No entry of before then has a larger seq."""
        query = select(func.min(AuditCheckpointModel.size)).where(
            AuditCheckpointModel.tenant_id == self._tenant_id, AuditCheckpointModel.at >= until
        )
        return await self._session.scalar(query) or _ENDLESS

    async def checkpoint_at(self, at: datetime) -> str | None:
        """The newest signed note of then; None when nothing was signed yet."""
        query = (
            select(AuditCheckpointModel.note)
            .where(AuditCheckpointModel.tenant_id == self._tenant_id, AuditCheckpointModel.at <= at)
            .order_by(AuditCheckpointModel.size.desc())
            .limit(1)
        )
        return await self._session.scalar(query)

    async def leaves(self, size: int) -> Sequence[bytes]:
        """The hashes of the first `size` entries, in order."""
        query = (
            select(AuditEntryModel.leaf)
            .where(AuditEntryModel.tenant_id == self._tenant_id, AuditEntryModel.seq <= size)
            .order_by(AuditEntryModel.seq)
        )
        return (await self._session.scalars(query)).all()

    async def about(self, objects: Sequence[str], *, within_first: int) -> Sequence[AuditEntry]:
        """Of the first so many entries those about these objects, oldest first."""
        columns = [getattr(AuditEntryModel, name) for name in AuditEntry.__struct_fields__]
        query = (
            select(*columns)
            .where(
                AuditEntryModel.tenant_id == self._tenant_id,
                AuditEntryModel.object_id.in_(objects),
                AuditEntryModel.seq <= within_first,
            )
            .order_by(AuditEntryModel.seq)
        )
        return [AuditEntry(*row) for row in await self._session.execute(query)]

    async def erase_details(self, before: datetime, *, limit: int) -> Counter[str]:
        """Of acts before then, at most so many, the oldest first: how many of each action. Commitments to them stay."""
        row = AuditDetailModel
        old = select(row.tenant_id, row.seq).where(row.tenant_id == self._tenant_id, row.at < before)
        oldest = old.order_by(row.at).limit(limit)
        gone = delete(row).where(tuple_(row.tenant_id, row.seq).in_(oldest)).returning(row.seq)
        erased = list(await self._session.scalars(gone.execution_options(synchronize_session=False)))
        entry = AuditEntryModel
        theirs = entry.tenant_id == self._tenant_id, entry.seq == any_(literal(erased, ARRAY(BigInteger)))
        return Counter(await self._session.scalars(select(entry.action).where(*theirs)))

    async def list(
        self, *, limit: int, before: int | None = None, where: AuditFilter | None = None
    ) -> Sequence[StoredAct]:
        """Newest first, at most `limit`, of those with a smaller seq than `before`."""
        of_entry = (AuditDetailModel.tenant_id == AuditEntryModel.tenant_id) & (
            AuditDetailModel.seq == AuditEntryModel.seq
        )
        query = (
            select(AuditEntryModel, AuditDetailModel.details)
            .outerjoin(AuditDetailModel, of_entry)
            .where(AuditEntryModel.tenant_id == self._tenant_id, *_conditions(where or AuditFilter()))
            .order_by(AuditEntryModel.seq.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(AuditEntryModel.seq < before)
        return [_act_of(row, details) for row, details in await self._session.execute(query)]


def _conditions(where: AuditFilter) -> Sequence[ColumnElement[bool]]:
    wanted = (
        (AuditEntryModel.action, where.action),
        (AuditEntryModel.actor_id, where.actor),
        (AuditEntryModel.object_id, where.object_),
    )
    return [column == value for column, value in wanted if value]


def _act_of(row: AuditEntryModel, details: str | None) -> StoredAct:
    entry = AuditEntry(**{name: getattr(row, name) for name in AuditEntry.__struct_fields__})
    return StoredAct(entry=entry, leaf=row.leaf, details=None if details is None else json.loads(details))
