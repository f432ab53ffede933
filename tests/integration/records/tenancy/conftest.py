from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from voiceagent.core.ids import TenantId
from voiceagent.records import migrate
from voiceagent.records.seed import Seed, SeedNumber, SeedProfile, sow
from voiceagent.records.unit_of_work import Records
from voiceagent.records.writer import RecordsWriter
from voiceagent.testing.sample_call import recorded, sample_events

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
TENANTS = (TenantId("ten_a"), TenantId("ten_b"))


@pytest.fixture
def as_owner(database_url):
    """Runs statements as the owner, who may change tables."""

    def run(*statements: str) -> None:
        engine = migrate.sync_engine(database_url)
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    return run


@pytest.fixture
async def two_tenants(records, engine):
    """Each with a call, a number, a profile and a key; the keys by tenant."""
    seed = Seed(
        trunks={"carrier": {}},
        numbers=[SeedNumber(number="+4930999000", profile="orders")],
        profiles=[SeedProfile(name="orders", sha256="0" * 64, document={})],
    )
    keys = {}
    for tenant in TENANTS:
        seeded = await sow(records, seed, NOW, tenant_id=tenant)
        keys[tenant] = seeded.api_key
        await RecordsWriter(engine).write(recorded(f"call_of_{tenant}", sample_events(), tenant=tenant))
    return keys


@pytest.fixture
def api_records(api_engine):
    return Records(api_engine)
