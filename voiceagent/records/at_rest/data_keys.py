"""Data keys: one for each call and retention class, wrapped in Postgres, plain only in the memory of who uses them."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from voiceagent.core.errors import NotFound, first_error
from voiceagent.core.ids import CallId, TenantId, new_id
from voiceagent.records.at_rest.encrypted_file import KEY_BYTES
from voiceagent.records.at_rest.keys import KeyProvider, WrappedKey
from voiceagent.records.base import RetentionClass
from voiceagent.records.engine import store_errors
from voiceagent.records.models import DataKeyModel
from voiceagent.records.tenancy.context import enter_tenant

_PAGE: Final = 500
_AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """A new key, not stored yet; its secret is nobody's to print."""

    id: str
    tenant_id: TenantId
    call_id: CallId
    retention_class: RetentionClass
    secret: bytes = field(repr=False)
    wrapped: WrappedKey = field(repr=False)


class DataKeys:
    def __init__(self, engine: AsyncEngine, provider: KeyProvider) -> None:
        self._engine = engine
        self._provider = provider

    async def make(self, tenant_id: TenantId, call_id: CallId, retention_class: RetentionClass) -> DataKey:
        """A key that is worth nothing until `keep` has stored it. Raises Unavailable."""
        key_id, secret = new_id("dek"), secrets.token_bytes(KEY_BYTES)
        wrapped = await self._provider.wrap(tenant_id, secret, _name(tenant_id, key_id, call_id, retention_class))
        return DataKey(
            id=key_id,
            tenant_id=tenant_id,
            call_id=call_id,
            retention_class=retention_class,
            secret=secret,
            wrapped=wrapped,
        )

    async def keep(self, connection: AsyncConnection, key: DataKey, now: datetime) -> None:
        """Store it with what it encrypts, in the transaction of `connection`."""
        row = {
            "id": key.id,
            "tenant_id": key.tenant_id,
            "call_id": key.call_id,
            "retention_class": key.retention_class.value,
            "kek_id": key.wrapped.kek_id,
            "wrapped": key.wrapped.wrapped,
            "created_at": now,
        }
        await connection.execute(insert(DataKeyModel).values(row))

    async def open(self, tenant_id: TenantId, key_id: str) -> bytes:
        """The secret. Raises NotFound when it was shredded or is another tenant's, Damaged for a row that was changed,
        Unavailable and StoreUnavailable.
        """
        own = select(DataKeyModel.__table__).where(DataKeyModel.tenant_id == tenant_id, DataKeyModel.id == key_id)
        with store_errors():
            async with self._engine.connect() as connection:
                await enter_tenant(connection, tenant_id)
                row = (await connection.execute(own)).one_or_none()
        if row is None or row.wrapped is None:
            raise NotFound("the key was shredded: what it encrypted cannot be read any more")
        name = _name(tenant_id, row.id, row.call_id, RetentionClass(row.retention_class))
        return await self._provider.unwrap(tenant_id, WrappedKey(kek_id=row.kek_id, wrapped=row.wrapped), name)

    async def rewrap(self, tenant_id: TenantId, kek_id: str) -> int:
        """Bring every key of the tenant under its newest wrapping key, which is `kek_id`; how many were moved.

        Each is looked at once, also where somebody else rotates meanwhile. May be interrupted and begun again. Files
        stay as they are. Raises what `open` raises.
        """
        moved, last = 0, ""
        while True:
            page = await self._move_some(tenant_id, kek_id, last)
            moved += len(page)
            if len(page) < _PAGE:
                return moved
            last = page[-1]

    async def _move_some(self, tenant_id: TenantId, kek_id: str, after: str) -> list[str]:
        """The ids of those that were moved."""
        older = (
            select(DataKeyModel.__table__)
            .where(DataKeyModel.tenant_id == tenant_id, DataKeyModel.wrapped.is_not(None))
            .where(DataKeyModel.kek_id != kek_id, DataKeyModel.id > after)
            .order_by(DataKeyModel.id)
            .limit(_PAGE)
            .with_for_update()  # a key that is shredded meanwhile stays shredded
        )
        with store_errors():
            async with self._engine.begin() as connection:
                rows = (await connection.execute(older)).all()
                for some in (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE)):
                    # A keeper that is far away is waited for once for all of them: the rows are locked meanwhile
                    for row, anew in zip(some, await self._all_anew(some), strict=True):
                        place = update(DataKeyModel).where(DataKeyModel.id == row.id)
                        await connection.execute(place.values(kek_id=anew.kek_id, wrapped=anew.wrapped))
        return [row.id for row in rows]

    async def _all_anew(self, rows: Sequence[Any]) -> list[WrappedKey]:
        try:
            async with asyncio.TaskGroup() as tasks:
                wraps = [tasks.create_task(self._anew(row)) for row in rows]
        except BaseExceptionGroup as group:
            raise first_error(group) from group
        return [wrap.result() for wrap in wraps]

    async def _anew(self, row: Any) -> WrappedKey:
        tenant_id = TenantId(row.tenant_id)
        name = _name(tenant_id, row.id, row.call_id, RetentionClass(row.retention_class))
        held = WrappedKey(kek_id=row.kek_id, wrapped=row.wrapped)
        return await self._provider.wrap(tenant_id, await self._provider.unwrap(tenant_id, held, name), name)


async def keys_under(engine: AsyncEngine, tenant_id: TenantId) -> dict[str, int]:
    """How many data keys lie under each wrapping key, shredded ones aside. Raises StoreUnavailable."""
    live = select(DataKeyModel.kek_id, func.count().label("number")).where(
        DataKeyModel.tenant_id == tenant_id, DataKeyModel.wrapped.is_not(None)
    )
    with store_errors():
        async with engine.connect() as connection:
            await enter_tenant(connection, tenant_id)
            found = await connection.execute(live.group_by(DataKeyModel.kek_id))
            return {row.kek_id: row.number for row in found}


async def shred(
    connection: AsyncConnection,
    tenant_id: TenantId,
    call_ids: Sequence[CallId],
    retention_class: RetentionClass,
    now: datetime,
) -> int:
    """Make what the calls hold in that class unreadable, wherever its files are; how many keys that took.

    Postgres keeps the old row version until its next vacuum, and backups keep it until they are gone: a backup of this
    table must not outlive the time in which an erasure has to be done.
    """
    own = (DataKeyModel.tenant_id == tenant_id, DataKeyModel.call_id.in_(call_ids))
    live = (DataKeyModel.retention_class == retention_class.value, DataKeyModel.wrapped.is_not(None))
    done = await connection.execute(update(DataKeyModel).where(*own, *live).values(wrapped=None, shredded_at=now))
    return done.rowcount


def _name(tenant_id: TenantId, key_id: str, call_id: str, retention_class: RetentionClass) -> bytes:
    return f"data key|{tenant_id}|{key_id}|{call_id}|{retention_class.value}".encode()
