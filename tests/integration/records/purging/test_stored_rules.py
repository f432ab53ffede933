"""What the database itself guarantees about policies and holds."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.integration.records.purging.calls_to_purge import START, TENANT, make_call, put_policy
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import Conflict, NotFound
from voiceagent.core.ids import TenantId
from voiceagent.records.repositories.legal_holds import share_holds_lock
from voiceagent.records.retention_values import Selector

A = ContentClass.AUDIO


async def place(records, tenant=TENANT):
    async with records.unit_of_work(tenant) as work:
        hold = await work.legal_holds.place(
            matter="12/30", selector=Selector(), classes=frozenset({A}), reason="court", by="key_1", now=START
        )
        await work.commit()
    return hold.id


async def release(records, hold_id, by):
    async with records.unit_of_work(TENANT) as work:
        hold = await work.legal_holds.release(hold_id, by=by, now=START)
        await work.commit()
    return hold


async def test_versions_of_a_policy_count_up_and_stay(records):
    for days in (10, 20):
        await put_policy(records, A, days, number="+1")
    await put_policy(records, A, 5)

    async with records.unit_of_work(TENANT) as work:
        found = await work.retention.policies()
    assert [(one.days, one.version) for one in found] == [(5, 1), (20, 2), (10, 1)]


@pytest.mark.parametrize("statement", ["UPDATE retention_policies SET days = 1", "DELETE FROM retention_policies"])
async def test_a_policy_that_was_in_force_cannot_be_changed_in_the_database(engine, records, statement):
    await put_policy(records, A, 10)

    with pytest.raises(DBAPIError, match="never changed"):
        async with engine.begin() as connection:
            await connection.execute(text(statement))


async def test_who_asked_for_a_release_cannot_approve_it(records):
    hold_id = await place(records)
    asked = await release(records, hold_id, "key_1")
    assert (asked.release_asked_by, asked.released_at) == ("key_1", None)

    with pytest.raises(Conflict, match="somebody else has to approve"):
        await release(records, hold_id, "key_1")

    approved = await release(records, hold_id, "key_2")
    assert (approved.approved_by, approved.released_at) == ("key_2", START)
    with pytest.raises(Conflict, match="was released at"):
        await release(records, hold_id, "key_1")


async def test_one_person_cannot_release_a_hold_in_the_database_either(engine, records):
    await place(records)

    with pytest.raises(DBAPIError, match="four_eyes"):
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE legal_holds SET released_at = now()"))


async def test_two_who_ask_at_once_are_one_who_asks_and_one_who_approves(records):
    hold_id = await place(records)

    found = await asyncio.gather(*(release(records, hold_id, key) for key in ("key_1", "key_2")))

    assert sorted(hold.released_at is None for hold in found) == [False, True]


async def test_a_tag_that_a_hold_goes_by_cannot_be_taken_off_by_one_person(engine, records, tmp_path):
    await make_call(engine, tmp_path, "c1", START)
    async with records.unit_of_work(TENANT) as work:
        await work.retention.put_tag("c1", "vip", by="key_1", now=START)
        hold = await work.legal_holds.place(
            matter="1", selector=Selector(tag="vip"), classes=frozenset({A}), reason="r", by="key_1", now=START
        )
        await work.commit()

    async def take_off():
        async with records.unit_of_work(TENANT) as work:
            await work.retention.remove_tag("c1", "vip")
            await work.commit()

    with pytest.raises(Conflict, match=hold.id):
        await take_off()
    for key in ("key_1", "key_2"):
        await release(records, hold.id, key)
    await take_off()
    async with records.unit_of_work(TENANT) as work:
        assert await work.retention.tags("c1") == frozenset()


async def test_holds_policies_and_tags_of_another_tenant_are_not_there(engine, records, tmp_path):
    hold_id, policy_id = await place(records), await put_policy(records, A, 10)
    await make_call(engine, tmp_path, "c1", START)
    async with records.unit_of_work(TENANT) as work:
        await work.retention.put_tag("c1", "vip", by="key_1", now=START)
        await work.commit()

    async with records.unit_of_work(TenantId("ten_b")) as work:
        assert list(await work.legal_holds.active()) == list(await work.retention.policies()) == []
        assert await work.retention.tags("c1") == frozenset()
        with pytest.raises(NotFound):
            await work.legal_holds.release(hold_id, by="key_9", now=START)
        with pytest.raises(NotFound):
            await work.retention.policy(policy_id)


async def test_a_hold_is_placed_after_the_deletions_that_have_begun(engine, records):
    """Whoever has the answer knows: nothing goes any more."""
    async with engine.begin() as connection:
        await share_holds_lock(connection, TENANT)
        placing = asyncio.gather(place(records))
        done, _ = await asyncio.wait([placing], timeout=0.3)
        assert not done

    assert len(await placing) == 1
