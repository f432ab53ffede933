"""Acts are added to their tenant's log in the transaction in which they are done."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.core.ids import TenantId
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.audit.entry import NO_ENTRY, canonical_details, commitment
from voiceagent.records.repositories.audit import AuditFilter
from voiceagent.records.unit_of_work import Records

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
A, B = TenantId("ten_a"), TenantId("ten_b")
READ = Act(
    action="transcript.read",
    actor=Actor(kind="api_key", id="key_1", auth="bearer"),
    object_kind="call",
    object_id="call_1",
    request_id="req_1",
    details={"ip": "192.0.2.7"},
)


async def add(records: Records, tenant: TenantId, *acts: Act) -> list[int]:
    async with records.unit_of_work(tenant) as work:
        found = [await work.audit.append(act, NOON) for act in acts]
        await work.commit()
    return found


async def test_entries_are_numbered_per_tenant_and_name_the_one_before(records: Records) -> None:
    assert await add(records, A, READ, READ) == [1, 2]
    assert await add(records, B, READ) == [1]
    assert await add(records, A, READ) == [3]

    async with records.unit_of_work(A) as work:
        third, second, first = await work.audit.list(limit=10)
    assert (first.entry.prev, second.entry.prev, third.entry.prev) == (NO_ENTRY, first.leaf, second.leaf)
    assert [one.entry.leaf() for one in (first, second, third)] == [first.leaf, second.leaf, third.leaf]


async def test_an_act_that_is_undone_is_not_in_the_log(records: Records) -> None:
    async with records.unit_of_work(A) as work:
        await work.audit.append(READ, NOON)

    assert await add(records, A, READ) == [1]


async def test_acts_at_the_same_time_get_numbers_without_a_gap(records: Records) -> None:
    numbers = await asyncio.gather(*(add(records, A, READ) for _ in range(12)))

    assert sorted(numbers) == [[number] for number in range(1, 13)]


async def test_the_log_holds_a_commitment_and_the_details_can_be_erased(records: Records) -> None:
    await add(records, A, READ)
    async with records.engine.begin() as connection:
        salt, details = (await connection.execute(text("SELECT salt, details FROM audit_details"))).one()
        logged = str((await connection.execute(text("SELECT audit_log::text FROM audit_log"))).scalar_one())
        await connection.execute(text("DELETE FROM audit_details"))

    async with records.unit_of_work(A) as work:
        [stored] = await work.audit.list(limit=1)
    assert details == canonical_details(READ.details)
    assert stored.entry.commitment == commitment(salt, details)
    assert stored.details is None
    assert "192.0.2.7" not in logged


async def test_the_newest_come_first_and_can_be_filtered(records: Records) -> None:
    other = Act(action="recording.read", actor=Actor(kind="api_key", id="key_2"), object_id="call_2")
    await add(records, A, READ, other, READ)
    await add(records, B, READ)

    async def seqs(where: AuditFilter, before: int | None = None) -> list[int]:
        async with records.unit_of_work(A) as work:
            return [one.entry.seq for one in await work.audit.list(limit=2, where=where, before=before)]

    assert await seqs(AuditFilter()) == [3, 2]
    assert await seqs(AuditFilter(), before=2) == [1]
    assert await seqs(AuditFilter(action="recording.read")) == [2]
    assert await seqs(AuditFilter(actor="key_1")) == [3, 1]
    assert await seqs(AuditFilter(object_="call_2", actor="key_1")) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET action = 'nothing'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log CASCADE",
        "UPDATE audit_details SET details = '{}'",
        "TRUNCATE audit_details",
        "UPDATE audit_checkpoints SET note = ''",
        "DELETE FROM audit_checkpoints",
        "TRUNCATE audit_checkpoints",
    ],
)
async def test_the_database_refuses_to_change_what_was_written_even_by_its_owner(
    records: Records, owner_engine: AsyncEngine, statement: str
) -> None:
    await add(records, A, READ)

    with pytest.raises(DBAPIError, match="are evidence"):
        async with owner_engine.begin() as connection:
            await connection.execute(text(statement))
    with pytest.raises(DBAPIError, match=r"permission denied|are evidence"):
        async with records.engine.begin() as connection:
            await connection.execute(text(statement))


async def test_texts_that_a_store_refuses_do_not_keep_an_act_out_of_the_log(records: Records) -> None:
    await add(records, A, Act(action="auth.refused", actor=Actor(kind="anonymous"), details={"agent": "a\x00\ud800"}))

    async with records.unit_of_work(A) as work:
        [stored] = await work.audit.list(limit=1)
    assert stored.details == {"agent": "a\ufffd\ufffd"}
