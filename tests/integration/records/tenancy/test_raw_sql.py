"""T-SEC-3: what a login sees and writes when our own filters are not there."""

import pytest
from sqlalchemy import delete, func, insert, literal_column, select, text, update
from sqlalchemy.exc import ProgrammingError

from tests.integration.records.tenancy.conftest import NOW, TENANTS
from voiceagent.records.base import Base
from voiceagent.records.engine import create_engine
from voiceagent.records.jobs.queue import JobQueue, NewJob
from voiceagent.records.jobs.tables import EVENTS, JOBS
from voiceagent.records.models import (
    ApiKeyModel,
    AuditDetailModel,
    CallbackModel,
    CallModel,
    CallPurgeModel,
    ConsentClipModel,
    LegalHoldModel,
    PromptTextModel,
)
from voiceagent.records.secrets import hash_api_key
from voiceagent.records.statistics import CallStatistics
from voiceagent.records.unit_of_work import Records

A, B = TENANTS
TABLES = [*Base.metadata.tables.values(), JOBS, EVENTS]
ENTER = text("SELECT set_config('app.tenant', :tenant, true)")


async def counted(connection) -> dict[str, int]:
    return {
        table.name: (await connection.execute(select(func.count()).select_from(table))).scalar_one() for table in TABLES
    }


@pytest.fixture
async def filled(two_tenants, engine):
    """Both tenants with a job as well."""
    async with engine.begin() as connection:
        for tenant in TENANTS:
            await JobQueue().enqueue(connection, NewJob(task="greet", tenant_id=tenant, arguments={}))
    return two_tenants


async def test_T_SEC_3_without_a_tenant_no_row_of_any_table_is_seen(filled, api_engine, engine):
    async with engine.connect() as connection:
        there = {name for name, rows in (await counted(connection)).items() if rows}
    async with api_engine.connect() as connection:
        seen = await counted(connection)

    assert {"calls", "call_events", "transcript_segments", "api_keys", "tenants", "procrastinate_jobs"} <= there
    assert set(seen.values()) == {0}


async def test_T_SEC_3_with_a_tenant_every_row_that_is_seen_is_its_own(filled, api_engine, engine):
    async with engine.connect() as connection:
        everything = await counted(connection)
    async with api_engine.begin() as connection:
        await connection.execute(ENTER, {"tenant": A})
        for table in TABLES:
            owner = {"tenants": "id", "procrastinate_jobs": "args ->> 'tenant_id'"}.get(table.name, "tenant_id")
            if table is not EVENTS:
                rows = await connection.execute(select(literal_column(owner)).select_from(table).distinct())
                assert set(rows.scalars()) <= {A}
        calls = await connection.execute(select(CallModel.call_id))
        entries = await connection.execute(select(func.count()).select_from(EVENTS))

        assert calls.scalars().all() == ["call_of_ten_a"]
        assert entries.scalar_one() * len(TENANTS) == everything["procrastinate_events"] > 0


async def test_T_SEC_3_without_a_tenant_nothing_is_written(filled, api_engine):
    row = {"id": "cb_1", "call_id": "call_of_ten_a", "tenant_id": A, "number": "+1", "reason": "asked", "intent": ""}
    key = {"id": "key_x", "tenant_id": A, "name": "x", "prefix": "x", "sha256": "x", "scopes": [], "created_at": NOW}
    for statement in (
        insert(CallbackModel).values(**row, state="open", outcome="", closed_by="", requested_at=NOW),
        insert(ApiKeyModel).values(key),
    ):
        async with api_engine.connect() as connection:
            with pytest.raises(ProgrammingError, match=r"permission denied|row-level security"):
                await connection.execute(statement)
    async with api_engine.begin() as connection:
        revoked = await connection.execute(update(ApiKeyModel).values(revoked_at=NOW))
        woken = await connection.execute(text("UPDATE procrastinate_jobs SET attempts = 0"))

        assert (revoked.rowcount, woken.rowcount) == (0, 0)


async def test_T_SEC_3_one_tenant_writes_nothing_for_another(filled, api_engine):
    key = {"id": "key_x", "tenant_id": B, "name": "x", "prefix": "x", "sha256": "x", "scopes": [], "created_at": NOW}
    async with api_engine.connect() as connection:
        await connection.execute(ENTER, {"tenant": A})
        with pytest.raises(ProgrammingError, match="row-level security"):
            await connection.execute(insert(ApiKeyModel).values(key))
    async with api_engine.connect() as connection:
        await connection.execute(ENTER, {"tenant": A})
        with pytest.raises(ProgrammingError, match="row-level security"):
            await connection.execute(update(ApiKeyModel).values(tenant_id=B))


@pytest.mark.parametrize(
    "statement", [delete(CallModel), update(CallModel).values(caller="")], ids=["delete", "update"]
)
async def test_the_api_cannot_change_the_record_of_a_call_not_even_its_tenants_own(filled, api_engine, statement):
    async with api_engine.connect() as connection:
        await connection.execute(ENTER, {"tenant": A})
        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        delete(AuditDetailModel),
        update(ConsentClipModel).values(state="deleted"),
        delete(PromptTextModel),
        delete(LegalHoldModel),
        delete(CallPurgeModel),
    ],
    ids=["details of the audit log", "clips of consent", "texts that were told", "holds", "marks of the purge"],
)
async def test_the_api_cannot_do_away_with_evidence_of_its_tenant(filled, api_engine, statement):
    async with api_engine.connect() as connection:
        await connection.execute(ENTER, {"tenant": A})
        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(statement)


async def test_T_SEC_3_a_pooled_connection_carries_no_tenant_to_the_next(filled, database):
    engine = create_engine(database["database_url"], pool_size=1)
    records = Records(engine)

    async def calls_of(tenant) -> list[str]:
        async with records.unit_of_work(tenant) as work:
            return [call.call_id for call in await work.calls.list(limit=10)]

    async def backend() -> tuple[int, int]:
        async with engine.connect() as connection:
            pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            return pid, (await connection.execute(select(func.count()).select_from(CallModel))).scalar_one()

    async def fail_in_the_middle() -> None:
        async with records.unit_of_work(A) as work:
            await work.calls.list(limit=1)
            _ = 1 / 0

    first = await backend()
    assert await calls_of(A) == ["call_of_ten_a"]
    assert await backend() == (first[0], 0)  # the same connection, and it sees nothing
    assert await calls_of(B) == ["call_of_ten_b"]
    with pytest.raises(ZeroDivisionError):
        await fail_in_the_middle()
    assert await backend() == (first[0], 0)
    await engine.dispose()


async def test_a_unit_of_work_stays_its_tenants_after_a_commit(filled, api_records):
    async with api_records.unit_of_work(A) as work:
        before = await work.calls.list(limit=10)
        await work.commit()

        assert await work.calls.list(limit=10) == before != []


async def test_a_key_is_found_by_its_hash_and_shows_no_other(filled, api_records, api_engine):
    found = await api_records.find_api_key(filled[B].sha256)

    assert found is not None
    assert found.tenant_id == B
    assert await api_records.find_api_key(hash_api_key("va_live_guess")) is None
    async with api_engine.begin() as connection:
        await connection.execute(text("SELECT set_config('app.key_sha256', :hash, true)"), {"hash": filled[B].sha256})
        assert (await connection.execute(select(ApiKeyModel.id))).scalars().all() == [found.id]
        assert (await connection.execute(update(ApiKeyModel).values(name="mine"))).rowcount == 0


async def test_the_metrics_count_every_tenant_and_name_none(filled, api_engine, engine):
    figures = CallStatistics(api_engine)
    async with engine.connect() as connection:
        jobs = (await counted(connection))["procrastinate_jobs"]

    assert {call.call_id for call in await figures.ended(NOW.replace(year=2000))} == {"call_of_ten_a", "call_of_ten_b"}
    assert await figures.jobs() == (jobs, 0)
    assert jobs >= len(TENANTS)
    async with api_engine.connect() as connection:
        found = await connection.execute(text("SELECT * FROM call_figures LIMIT 1"))
        assert not set(found.keys()) & {"tenant_id", "caller", "callee", "detail", "source"}
