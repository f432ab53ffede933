"""Do-not-call lists of one tenant: its own, and versions of others'."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.errors import Conflict, NotFound
from voiceagent.core.ids import CallId, TenantId, new_id
from voiceagent.records.models import DncEntryModel, DncSourceModel
from voiceagent.records.opt_out_rows import opt_out_values
from voiceagent.records.outbound_values import OWN_LIST, NewSuppression, StoredDncEntry, StoredDncList
from voiceagent.records.repositories.calls import CallCursor
from voiceagent.records.values import value_of


class DncRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def suppress(self, new: NewSuppression, *, by: str, now: datetime) -> StoredDncEntry:
        """Enter a number into our own list; it counts at once."""
        row = DncEntryModel(
            id=new_id("dnc"),
            tenant_id=self._tenant_id,
            list=OWN_LIST,
            number_hash=new.number_hash,
            campaign=new.campaign,
            source=new.source,
            call_id=new.call_id,
            requested_at=now,
            recorded_by=by,
        )
        self._session.add(row)
        await self._session.flush()
        return value_of(row, StoredDncEntry)

    async def enter_opt_out(self, entry_id: str, new: NewSuppression, *, by: str, now: datetime) -> bool:
        """What somebody said or keyed in a call; False when that entry is there already."""
        statement = upsert(DncEntryModel).values(
            opt_out_values(self._tenant_id, new, by=by, now=now) | {"id": entry_id}
        )
        entered = await self._session.scalar(
            statement.on_conflict_do_nothing(index_elements=["id"]).returning(DncEntryModel.id)
        )
        return entered is not None

    async def suppressions(self, *, limit: int, after: CallCursor | None = None) -> Sequence[StoredDncEntry]:
        """Our own list, the newest entry first, those that were lifted too."""
        place = tuple_(DncEntryModel.requested_at, DncEntryModel.id)
        query = (
            select(DncEntryModel)
            .where(DncEntryModel.tenant_id == self._tenant_id, DncEntryModel.list == OWN_LIST)
            .order_by(DncEntryModel.requested_at.desc(), DncEntryModel.id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(place < (after.started_at, CallId(after.call_id)))
        return [value_of(row, StoredDncEntry) for row in await self._session.scalars(query)]

    async def number_of(self, entry_id: str) -> str:
        """The number's hash of an entry of our own list. Raises NotFound."""
        query = select(DncEntryModel.number_hash).where(*self._own(entry_id))
        found = await self._session.scalar(query)
        if found is None:
            raise NotFound(f"there is no suppression {entry_id}")
        return found

    async def lift(self, entry_id: str, *, reason: str, by: str, now: datetime) -> None:
        """Take an entry of our own list out of force; it stays as evidence. Raises Conflict when that was done."""
        lifted = await self._session.scalar(
            update(DncEntryModel)
            .where(*self._own(entry_id), DncEntryModel.lifted_at.is_(None))
            .values(lifted_at=now, lifted_by=by, lift_reason=reason)
            .returning(DncEntryModel.id)
        )
        if lifted is None:
            raise Conflict(f"suppression {entry_id} is lifted already")

    async def of_number(self, number_hash: str) -> Sequence[StoredDncEntry]:
        """What is on our own list, and on the version of each other list that counts."""
        current = (DncSourceModel.tenant_id == DncEntryModel.tenant_id) & (DncSourceModel.list == DncEntryModel.list)
        query = (
            select(DncEntryModel)
            .outerjoin(DncSourceModel, current)
            .where(
                DncEntryModel.tenant_id == self._tenant_id,
                DncEntryModel.number_hash == number_hash,
                or_(DncEntryModel.list == OWN_LIST, DncEntryModel.version == DncSourceModel.version),
            )
            .order_by(DncEntryModel.requested_at, DncEntryModel.id)
        )
        return [value_of(row, StoredDncEntry) for row in await self._session.scalars(query)]

    async def loaded(self) -> Mapping[str, datetime]:
        """When each list from outside was last complete."""
        return {one.list: one.loaded_at for one in await self.lists()}

    async def lists(self) -> Sequence[StoredDncList]:
        query = select(DncSourceModel).where(DncSourceModel.tenant_id == self._tenant_id).order_by(DncSourceModel.list)
        return [value_of(row, StoredDncList) for row in await self._session.scalars(query)]

    async def add_to_list(self, name: str, version: str, hashes: Sequence[str], *, by: str, now: datetime) -> None:
        """A part of a version that does not count yet, unless it is the one that does."""
        rows = [
            {
                "id": new_id("dnc"),
                "tenant_id": self._tenant_id,
                "list": name,
                "version": version,
                "number_hash": number_hash,
                "source": "list",
                "requested_at": now,
                "recorded_by": by,
            }
            for number_hash in hashes
        ]
        if rows:
            await self._session.execute(insert(DncEntryModel), rows)

    async def complete_list(self, name: str, version: str, now: datetime) -> StoredDncList:
        """From now on this version counts; those before it are deleted. One without numbers is refused (Conflict)."""
        mine = DncEntryModel.tenant_id == self._tenant_id, DncEntryModel.list == name
        rows = await self._session.scalar(select(func.count()).where(*mine, DncEntryModel.version == version)) or 0
        if not rows:
            raise Conflict(f"version {version} of the list {name} has no numbers; load them first")
        counts = {"version": version, "loaded_at": now, "rows": rows}
        statement = upsert(DncSourceModel).values(tenant_id=self._tenant_id, list=name, **counts)
        await self._session.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "list"], set_=counts))
        await self._session.execute(delete(DncEntryModel).where(*mine, DncEntryModel.version != version))
        return StoredDncList(list=name, version=version, loaded_at=now, rows=rows)

    def _own(self, entry_id: str) -> tuple[ColumnElement[bool], ...]:
        return (
            DncEntryModel.tenant_id == self._tenant_id,
            DncEntryModel.list == OWN_LIST,
            DncEntryModel.id == entry_id,
        )
