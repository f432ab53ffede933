"""What was found for requests for erasure of one tenant: each class of each call, its fate, and its tombstone."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, fields, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.content_class import ContentClass
from voiceagent.core.ids import TenantId
from voiceagent.records.erasure_values import OBJECT_LOCK, ErasureItem, Fate, FateCount, Tombstone
from voiceagent.records.models import ErasureItemModel, ErasureTombstoneModel
from voiceagent.records.values import value_of

_ROWS: Final = 5000  # of one statement
_PLACE: Final = (ErasureItemModel.call_id, ErasureItemModel.content_class)
_FOUND: Final = text(
    """
    INSERT INTO erasure_items (request_id, call_id, content_class, tenant_id, fate)
    SELECT :request_id, call_id, letter, :tenant_id, 'found'
      FROM unnest(CAST(:call_ids AS text[])) AS call_id, unnest(CAST(:letters AS text[])) AS letter
        ON CONFLICT DO NOTHING
    """
)
_BURIED: Final = text(
    """
    INSERT INTO erasure_tombstones (tenant_id, request_id, call_id, content_class, at, method, key_ids)
    SELECT tenant_id, request_id, call_id, content_class, at, method, key_ids
      FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS stone
           (tenant_id text, request_id text, call_id text, content_class text, at timestamptz, method text,
            key_ids text[])
        ON CONFLICT DO NOTHING
    """
)
_SETTLED: Final = text(
    """
    UPDATE erasure_items item
       SET fate = to_be.fate, reason = to_be.reason, source = to_be.source, until = to_be.until,
           erased_at = to_be.erased_at
      FROM unnest(CAST(:call_id AS text[]), CAST(:content_class AS text[]), CAST(:fate AS text[]),
                  CAST(:reason AS text[]), CAST(:source AS text[]), CAST(:until AS timestamptz[]),
                  CAST(:erased_at AS timestamptz[]))
        AS to_be (call_id, content_class, fate, reason, source, until, erased_at)
     WHERE item.tenant_id = :tenant_id AND item.request_id = :request_id
       AND item.call_id = to_be.call_id AND item.content_class = to_be.content_class AND item.fate = ANY(:was)
    """
)


class ErasureItemRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def add(self, request_id: str, call_ids: Iterable[str]) -> int:
        """All classes of these calls, where they are not known yet: how many."""
        found = {"call_ids": list(call_ids), "letters": [one.value for one in ContentClass]}
        whose = {"tenant_id": self._tenant_id, "request_id": request_id}
        return await self._count(_FOUND, {**found, **whose})

    async def freeze(self, request_id: str) -> int:
        """From now on the API shows nothing of what was found: how many items."""
        found = update(ErasureItemModel).where(*self._own(request_id, (Fate.FOUND,)))
        return await self._count(found.values(fate=Fate.FROZEN.value))

    async def with_fate(
        self,
        request_id: str,
        fates: Collection[Fate],
        *,
        classes: Collection[ContentClass] = tuple(ContentClass),
        most_calls: int | None = None,
    ) -> Sequence[ErasureItem]:
        """Of so many calls all that is so, call by call."""
        theirs = (*self._own(request_id, fates), ErasureItemModel.content_class.in_([one.value for one in classes]))
        query = select(ErasureItemModel).where(*theirs).order_by(*_PLACE)
        if most_calls is not None:
            first = select(ErasureItemModel.call_id).where(*theirs).distinct()
            query = query.where(
                ErasureItemModel.call_id.in_(first.order_by(ErasureItemModel.call_id).limit(most_calls))
            )
        return [_item(row) for row in await self._session.scalars(query)]

    async def settle(self, request_id: str, items: Sequence[ErasureItem], *, was: Collection[Fate]) -> None:
        """Write down what became of these; not of one that another process has settled otherwise meanwhile."""
        names = [field.name for field in fields(ErasureItem)]
        for begin in range(0, len(items), _ROWS):
            part = items[begin : begin + _ROWS]
            columns = {name: [getattr(one, name) for one in part] for name in names}
            whose = {"tenant_id": self._tenant_id, "request_id": request_id, "was": list(was)}
            await self._session.execute(_SETTLED, {**columns, **whose})

    async def due_again(self, request_id: str, places: Collection[tuple[str, ContentClass]]) -> None:
        """What was erased and is there again."""
        items = [ErasureItem(call_id=call_id, content_class=letter, fate=Fate.DUE) for call_id, letter in places]
        await self.settle(request_id, items, was=(Fate.ERASED,))

    async def counts(self, request_id: str) -> Sequence[FateCount]:
        """Of each class how much has which fate and why."""
        by = (
            ErasureItemModel.content_class,
            ErasureItemModel.fate,
            ErasureItemModel.reason,
            ErasureItemModel.source,
        )
        query = (
            select(*by, func.max(ErasureItemModel.until).label("until"), func.count().label("items"))
            .where(*self._own(request_id))
            .group_by(*by)
            .order_by(*by)
        )
        found = [FateCount(**row) for row in (await self._session.execute(query)).mappings()]
        return [replace(one, content_class=ContentClass(one.content_class), fate=Fate(one.fate)) for one in found]

    async def calls(self, request_id: str) -> frozenset[str]:
        """All that are known."""
        query = select(ErasureItemModel.call_id).where(*self._own(request_id)).distinct()
        return frozenset((await self._session.scalars(query)).all())

    async def without_tombstone(self, request_id: str) -> Sequence[ErasureItem]:
        """What was erased, or made unreadable under a lock, since tombstones were set last."""
        same = (
            (ErasureTombstoneModel.request_id == ErasureItemModel.request_id)
            & (ErasureTombstoneModel.call_id == ErasureItemModel.call_id)
            & (ErasureTombstoneModel.content_class == ErasureItemModel.content_class)
        )
        query = (
            select(ErasureItemModel)
            .where(*self._own(request_id, (Fate.ERASED, Fate.RESTRICTED)))
            .where((ErasureItemModel.fate == Fate.ERASED.value) | (ErasureItemModel.reason == OBJECT_LOCK))
            .where(~select(ErasureTombstoneModel.call_id).where(same).exists())
            .order_by(*_PLACE)
        )
        return [_item(row) for row in await self._session.scalars(query)]

    async def bury(self, tombstones: Sequence[Tombstone]) -> int:
        """Set tombstones; those that are there stay: how many were not. Their file has them already."""
        rows = [{**asdict(one), "at": one.at.isoformat()} for one in tombstones]
        return await self._count(_BURIED, {"rows": json.dumps(rows)})

    async def places_of_tombstones(self) -> Sequence[tuple[str, str, ContentClass]]:
        """Request, call and class of every tombstone of the tenant."""
        query = select(
            ErasureTombstoneModel.request_id, ErasureTombstoneModel.call_id, ErasureTombstoneModel.content_class
        ).where(ErasureTombstoneModel.tenant_id == self._tenant_id)
        return [
            (row.request_id, row.call_id, ContentClass(row.content_class)) for row in await self._session.execute(query)
        ]

    async def tombstones(self, request_id: str | None = None) -> Sequence[Tombstone]:
        """Of one request, or all of the tenant."""
        query = select(ErasureTombstoneModel).where(ErasureTombstoneModel.tenant_id == self._tenant_id)
        if request_id is not None:
            query = query.where(ErasureTombstoneModel.request_id == request_id)
        ordered = query.order_by(ErasureTombstoneModel.call_id, ErasureTombstoneModel.content_class)
        return [_tombstone(row) for row in await self._session.scalars(ordered)]

    def _own(self, request_id: str, fates: Collection[Fate] = tuple(Fate)) -> tuple[ColumnElement[bool], ...]:
        return (
            ErasureItemModel.tenant_id == self._tenant_id,
            ErasureItemModel.request_id == request_id,
            ErasureItemModel.fate.in_([one.value for one in fates]),
        )

    async def _count(self, statement: Executable, parameters: dict[str, Any] | None = None) -> int:
        return int((await self._session.execute(statement, parameters or {})).rowcount)  # type: ignore[attr-defined]


def _item(row: ErasureItemModel) -> ErasureItem:
    found = value_of(row, ErasureItem)
    return replace(found, content_class=ContentClass(found.content_class), fate=Fate(found.fate))


def _tombstone(row: ErasureTombstoneModel) -> Tombstone:
    found = value_of(row, Tombstone)
    return replace(found, content_class=ContentClass(found.content_class), key_ids=tuple(found.key_ids))
