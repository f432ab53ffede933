from datetime import UTC, datetime, timedelta

import pytest

from voiceagent.core.errors import NotFound, StoreUnavailable
from voiceagent.core.ids import TenantId
from voiceagent.records.engine import create_engine
from voiceagent.records.secrets import hash_api_key, mint_api_key
from voiceagent.records.seed import Seed, SeedNumber, SeedProfile, sow
from voiceagent.records.unit_of_work import Records

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TENANT = TenantId("default")
SEED = Seed(
    trunks={"carrier": {"allow": ["203.0.113.0/24"]}},
    numbers=[SeedNumber(number="+4930999000", profile="orders")],
    profiles=[SeedProfile(name="orders", sha256="a" * 64, document={"greeting": "Hello"})],
)


async def test_the_first_start_makes_everything_and_one_key(records: Records) -> None:
    seeded = await sow(records, SEED, NOW)

    assert seeded.api_key is not None
    assert seeded.profile_versions == {"orders": 1}
    key = await records.find_api_key(hash_api_key(seeded.api_key.plain))
    assert key is not None
    assert (key.tenant_id, key.is_valid(NOW)) == ("default", True)
    async with records.unit_of_work(TENANT) as work:
        assert [(trunk.name, trunk.settings) for trunk in await work.trunks.list()] == [
            ("carrier", {"allow": ["203.0.113.0/24"]})
        ]
        assert [(number.number, number.profile) for number in await work.numbers.list()] == [("+4930999000", "orders")]


async def test_a_second_start_changes_nothing_and_shows_no_key(records: Records) -> None:
    await sow(records, SEED, NOW)

    again = await sow(records, SEED, NOW + timedelta(days=1))

    assert again.api_key is None
    assert again.profile_versions == {"orders": 1}
    async with records.unit_of_work(TENANT) as work:
        assert len(await work.api_keys.list()) == 1
        assert len(await work.trunks.list()) == 1


async def test_another_content_makes_another_version_of_a_profile(records: Records) -> None:
    await sow(records, SEED, NOW)
    changed = Seed(profiles=[SeedProfile(name="orders", sha256="b" * 64, document={"greeting": "Hi"})])

    seeded = await sow(records, changed, NOW)

    assert seeded.profile_versions == {"orders": 2}
    async with records.unit_of_work(TENANT) as work:
        newest = await work.agent_profiles.newest("orders")
        assert newest is not None
        assert newest.document == {"greeting": "Hi"}
        assert [(profile.name, profile.version) for profile in await work.agent_profiles.list()] == [("orders", 2)]


async def test_a_revoked_key_is_found_and_not_valid(records: Records) -> None:
    await sow(records, SEED, NOW)
    minted = mint_api_key()
    async with records.unit_of_work(TENANT) as work:
        key = await work.api_keys.add("reader", minted, frozenset({"calls:read"}), NOW)
        await work.api_keys.touch(key.id, NOW)
        await work.api_keys.revoke(key.id, NOW)
        await work.commit()

    found = await records.find_api_key(minted.sha256)

    assert found is not None
    assert (found.scopes, found.last_used_at) == (frozenset({"calls:read"}), NOW)
    assert not found.is_valid(NOW)
    assert await records.find_api_key(hash_api_key("va_live_x_guess")) is None


async def test_a_key_of_another_tenant_cannot_be_revoked(records: Records) -> None:
    await sow(records, SEED, NOW)
    async with records.unit_of_work(TENANT) as work:
        (key,) = await work.api_keys.list()

    async with records.unit_of_work(TenantId("other")) as work:
        with pytest.raises(NotFound):
            await work.api_keys.revoke(key.id, NOW)


async def test_work_that_is_not_committed_leaves_no_trace(records: Records) -> None:
    async with records.unit_of_work(TENANT) as work:
        await work.tenants.ensure(TENANT, "default", NOW)
        await work.trunks.put("carrier", {}, NOW)

    async with records.unit_of_work(TENANT) as work:
        assert list(await work.trunks.list()) == []


async def test_without_postgres_the_unit_of_work_says_store_unavailable() -> None:
    engine = create_engine("postgresql://nobody@127.0.0.1:1/none")
    records = Records(engine)

    with pytest.raises(StoreUnavailable):
        await records.ping()
    with pytest.raises(StoreUnavailable):
        async with records.unit_of_work(TENANT) as work:
            await work.trunks.list()
    await engine.dispose()
