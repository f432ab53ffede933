"""Requests for erasure of one tenant, what was found for them, and tombstones."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import Conflict, NotFound
from voiceagent.core.ids import TenantId
from voiceagent.records.erasure_values import (
    ErasureItem,
    ErasureRequest,
    Fate,
    FateCount,
    IdentityCheck,
    Sealed,
    Step,
    Tombstone,
)
from voiceagent.records.models import ErasureItemModel, ErasureRequestModel, ErasureTombstoneModel

_ROWS: Final = 2000  # of one INSERT: Postgres takes 65,535 values


class ErasureRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def add(
        self,
        request_id: str,
        sealed: Sealed,
        *,
        identity_check: IdentityCheck,
        received_at: datetime,
        due_at: datetime,
        by: str,
        now: datetime,
    ) -> ErasureRequest:
        """Nothing happens for it until somebody else approves."""
        row = ErasureRequestModel(
            id=request_id,
            tenant_id=self._tenant_id,
            state="asked",
            step=Step.INTAKE,
            identity_check=identity_check.value,
            received_at=received_at,
            due_at=due_at,
            asked_by=by,
            asked_at=now,
            kek_id=sealed.kek_id,
            names_key=sealed.key,
            names=sealed.names,
        )
        self._session.add(row)
        await self._session.flush()
        return _request(row)

    async def get(self, request_id: str) -> ErasureRequest:
        """Raises NotFound."""
        return _request(await self._row(request_id))

    async def list(self, *, limit: int, before: str = "") -> Sequence[ErasureRequest]:
        """Newest first, of those with smaller ids than `before`."""
        query = self._own().order_by(ErasureRequestModel.id.desc()).limit(limit)
        if before:
            query = query.where(ErasureRequestModel.id < before)
        return [_request(row) for row in await self._session.scalars(query)]

    async def approve(self, request_id: str, *, by: str, now: datetime) -> ErasureRequest:
        """Raises NotFound, and Conflict for whoever asked, and for a request that is approved."""
        row = await self._row(request_id, locked=True)
        if row.state != "asked":
            raise Conflict(f"erasure request {request_id} was approved already")
        if row.asked_by == by:
            raise Conflict(
                f"you entered erasure request {request_id} yourself; somebody else has to approve it, with a key of "
                "their own: what is erased never comes back"
            )
        row.state, row.approved_by, row.approved_at = "running", by, now
        await self._session.flush()
        return _request(row)

    async def open_ones(self) -> Sequence[ErasureRequest]:
        """Those that may have to be gone on with: something is restricted, or calls may still come in."""
        query = self._own().where(
            ErasureRequestModel.state.in_(("restricted", "done")),
            or_(ErasureRequestModel.state == "restricted", ErasureRequestModel.names.is_not(None)),
        )
        return [_request(row) for row in await self._session.scalars(query.order_by(ErasureRequestModel.id))]

    async def note(self, request_id: str, step: Step, **more: Any) -> None:
        """That the step is done; `more` are columns of the request."""
        await self._session.execute(self._change(request_id).values(step=step, **more))

    async def forget_names(self, request_id: str) -> None:
        """Nothing is searched for any more."""
        await self._session.execute(self._change(request_id).values(kek_id="", names_key=None, names=None))

    async def add_items(self, request_id: str, call_ids: Iterable[str]) -> int:
        """All classes of these calls, where they are not known yet: how many."""
        rows = [
            {
                "request_id": request_id,
                "call_id": call_id,
                "content_class": letter.value,
                "tenant_id": self._tenant_id,
                "fate": Fate.FOUND.value,
            }
            for call_id in call_ids
            for letter in ContentClass
        ]
        return await self._insert(ErasureItemModel, rows)

    async def freeze(self, request_id: str) -> int:
        """From now on the API shows nothing of what was found: how many items."""
        found = update(ErasureItemModel).where(*self._items(request_id, (Fate.FOUND,)))
        return await self._count(found.values(fate=Fate.FROZEN.value))

    async def items(
        self,
        request_id: str,
        fates: Collection[Fate],
        *,
        classes: Collection[ContentClass] = tuple(ContentClass),
        limit: int | None = None,
    ) -> Sequence[ErasureItem]:
        """Call by call, and in a call in the order A, C, M, T, X: the number goes when the words do."""
        letters = ErasureItemModel.content_class.in_([one.value for one in classes])
        query = (
            select(ErasureItemModel)
            .where(*self._items(request_id, fates), letters)
            .order_by(ErasureItemModel.call_id, ErasureItemModel.content_class)
            .limit(limit)
        )
        return [_item(row) for row in await self._session.scalars(query)]

    async def settle(self, request_id: str, items: Iterable[ErasureItem]) -> None:
        """Write down what became of these."""
        for item in items:
            place = update(ErasureItemModel).where(
                ErasureItemModel.tenant_id == self._tenant_id,
                ErasureItemModel.request_id == request_id,
                ErasureItemModel.call_id == item.call_id,
                ErasureItemModel.content_class == item.content_class.value,
            )
            values = {name: value for name, value in asdict(item).items() if name not in ("call_id", "content_class")}
            await self._session.execute(place.values(values))

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
            .where(ErasureItemModel.tenant_id == self._tenant_id, ErasureItemModel.request_id == request_id)
            .group_by(*by)
            .order_by(*by)
        )
        return [
            FateCount(
                content_class=ContentClass(row.content_class),
                fate=Fate(row.fate),
                reason=row.reason,
                source=row.source,
                until=row.until,
                items=row.items,
            )
            for row in (await self._session.execute(query)).all()
        ]

    async def known_calls(self, request_id: str) -> frozenset[str]:
        query = select(ErasureItemModel.call_id).where(*self._items(request_id, tuple(Fate))).distinct()
        return frozenset((await self._session.scalars(query)).all())

    async def without_tombstone(self, request_id: str) -> Sequence[ErasureItem]:
        """What was erased since tombstones were set last."""
        same = (
            (ErasureTombstoneModel.request_id == ErasureItemModel.request_id)
            & (ErasureTombstoneModel.call_id == ErasureItemModel.call_id)
            & (ErasureTombstoneModel.content_class == ErasureItemModel.content_class)
        )
        query = (
            select(ErasureItemModel)
            .where(*self._items(request_id, (Fate.ERASED,)))
            .where(~select(ErasureTombstoneModel.call_id).where(same).exists())
            .order_by(ErasureItemModel.call_id, ErasureItemModel.content_class)
        )
        return [_item(row) for row in await self._session.scalars(query)]

    async def bury(self, tombstones: Sequence[Tombstone]) -> int:
        """Set tombstones; those that are there stay. Their file has them already."""
        return await put_tombstones(self._session, tombstones)

    async def tombstones(self, request_id: str) -> Sequence[Tombstone]:
        query = (
            select(ErasureTombstoneModel)
            .where(ErasureTombstoneModel.tenant_id == self._tenant_id, ErasureTombstoneModel.request_id == request_id)
            .order_by(ErasureTombstoneModel.call_id, ErasureTombstoneModel.content_class)
        )
        return [
            Tombstone(
                tenant_id=row.tenant_id,
                request_id=row.request_id,
                call_id=row.call_id,
                content_class=ContentClass(row.content_class),
                at=row.at,
                method=row.method,
                key_ids=tuple(row.key_ids),
            )
            for row in await self._session.scalars(query)
        ]

    def _own(self) -> Any:
        return select(ErasureRequestModel).where(ErasureRequestModel.tenant_id == self._tenant_id)

    def _change(self, request_id: str) -> Any:
        return update(ErasureRequestModel).where(
            ErasureRequestModel.tenant_id == self._tenant_id, ErasureRequestModel.id == request_id
        )

    def _items(self, request_id: str, fates: Collection[Fate]) -> tuple[ColumnElement[bool], ...]:
        return (
            ErasureItemModel.tenant_id == self._tenant_id,
            ErasureItemModel.request_id == request_id,
            ErasureItemModel.fate.in_([one.value for one in fates]),
        )

    async def _row(self, request_id: str, *, locked: bool = False) -> ErasureRequestModel:
        query = self._own().where(ErasureRequestModel.id == request_id)
        row: ErasureRequestModel | None = await self._session.scalar(query.with_for_update() if locked else query)
        if row is None:
            raise NotFound(f"there is no erasure request {request_id}")
        return row

    async def _insert(self, model: Any, rows: Sequence[dict[str, Any]]) -> int:
        return await _insert(self._session, model, rows)

    async def _count(self, statement: Any) -> int:
        return int((await self._session.execute(statement)).rowcount)  # type: ignore[attr-defined]


async def put_tombstones(store: AsyncConnection | AsyncSession, tombstones: Sequence[Tombstone]) -> int:
    """How many were not there."""
    rows = [
        {**asdict(one), "content_class": one.content_class.value, "key_ids": list(one.key_ids)} for one in tombstones
    ]
    return await _insert(store, ErasureTombstoneModel, rows)


async def _insert(store: AsyncConnection | AsyncSession, model: Any, rows: Sequence[dict[str, Any]]) -> int:
    added = 0
    for begin in range(0, len(rows), _ROWS):
        statement = insert(model).values(rows[begin : begin + _ROWS]).on_conflict_do_nothing()
        added += len((await store.execute(statement.returning(model.call_id))).all())
    return added


def _request(row: ErasureRequestModel) -> ErasureRequest:
    sealed = None
    if row.names is not None and row.names_key is not None:
        sealed = Sealed(kek_id=row.kek_id, key=row.names_key, names=row.names)
    return ErasureRequest(
        id=row.id,
        state=row.state,
        step=Step(row.step),
        identity_check=IdentityCheck(row.identity_check),
        received_at=row.received_at,
        due_at=row.due_at,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        completed_at=row.completed_at,
        receipt=row.receipt,
        receipt_sha256=row.receipt_sha256,
        sealed=sealed,
    )


def _item(row: ErasureItemModel) -> ErasureItem:
    return ErasureItem(
        call_id=row.call_id,
        content_class=ContentClass(row.content_class),
        fate=Fate(row.fate),
        reason=row.reason,
        source=row.source,
        until=row.until,
        erased_at=row.erased_at,
    )
