"""Lists of people to be called: how they are sealed, and who and what leaves them."""

import pytest

from tests.integration.records.campaign_lists import CAMPAIGN, NOW, add_campaign
from tests.integration.records.erasing.people import erase, parts_of
from tests.integration.records.purging.calls_to_purge import PEPPER, TENANT
from voiceagent.apps.key_rotation import rewrap_campaigns
from voiceagent.apps.outbound_terms import CampaignExpiry
from voiceagent.compliance.retention.rules import Rules
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import Damaged
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.contact_seal import ContactSeals
from voiceagent.records.at_rest.keys import WrappedKey
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.campaign_values import CampaignState
from voiceagent.records.number_hash import number_hash
from voiceagent.records.unit_of_work import Records
from voiceagent.testing.clock import ManualClock

ANNA, BERT = "+4930155512345", "+4930155512346"


@pytest.fixture
def keys(tmp_path):
    return LocalKeys(tmp_path / "keys")


@pytest.fixture
async def records(engine, keys):
    found = Records(engine)
    async with found.unit_of_work(TENANT) as work:
        await work.tenants.ensure(TENANT, "A", NOW)
        await add_campaign(work, TENANT, ContactSeals(keys), {"anna": ANNA, "bert": BERT}, PEPPER)
        await work.commit()
    return found


async def on_the_list(records):
    async with records.unit_of_work(TENANT) as work:
        return {one.reference: one for one in await work.campaign_contacts.list(CAMPAIGN, limit=10)}


async def seal_of(records, keys):
    async with records.unit_of_work(TENANT) as work:
        campaign = await work.campaigns.get(CAMPAIGN)
    return await ContactSeals(keys).open(TENANT, CAMPAIGN, WrappedKey(kek_id=campaign.kek_id, wrapped=campaign.key))


async def test_a_number_opens_for_its_own_contact_only(records, keys):
    people, seal = await on_the_list(records), await seal_of(records, keys)

    assert seal.open("anna", people["anna"].sealed) == ANNA
    for contact_id, sealed in (("bert", people["anna"].sealed), ("anna", people["anna"].sealed[:-1]), ("anna", b"")):
        with pytest.raises(Damaged):
            seal.open(contact_id, sealed)


async def test_the_key_of_a_campaign_opens_in_no_other_campaign_or_tenant(records, keys, tmp_path):
    async with records.unit_of_work(TENANT) as work:
        campaign = await work.campaigns.get(CAMPAIGN)
    wrapped = WrappedKey(kek_id=campaign.kek_id, wrapped=campaign.key)
    (tmp_path / "keys" / "ten_b").symlink_to(tmp_path / "keys" / TENANT)

    for tenant, campaign_id in ((TENANT, "cmp_2"), (TenantId("ten_b"), CAMPAIGN)):
        with pytest.raises(Damaged):
            await ContactSeals(keys).open(tenant, campaign_id, wrapped)


async def test_a_new_wrapping_key_takes_campaigns_along(records, keys):
    kek_id = await keys.rotate(TENANT)

    async with records.unit_of_work(TENANT) as work:
        moved = [await rewrap_campaigns(work, TENANT, ContactSeals(keys), kek_id) for _ in range(2)]
        await work.commit()

    assert moved == [1, 0]
    async with records.unit_of_work(TENANT) as work:
        assert (await work.campaigns.get(CAMPAIGN)).kek_id == kek_id
    people, seal = await on_the_list(records), await seal_of(records, keys)
    assert seal.open("bert", people["bert"].sealed) == BERT


async def test_an_erasure_takes_its_person_off_every_list(records, tmp_path):
    await erase(parts_of(records, tmp_path, ManualClock(NOW)), [ANNA])

    assert list(await on_the_list(records)) == ["bert"]


async def test_a_campaign_that_ended_is_forgotten_when_its_calls_are(records):
    rules, clock = Rules(), ManualClock(NOW)
    async with records.unit_of_work(TENANT) as work:
        await work.campaigns.enter(CAMPAIGN, CampaignState.ENDED, NOW)
        await work.commit()
    expiry = CampaignExpiry(records, rules, clock)

    clock.advance(rules.default_days[ContentClass.METADATA] * 86_400 - 1)
    await expiry.run_all()
    before = await on_the_list(records)
    clock.advance(2)
    await expiry.run_all()

    assert list(before) == ["anna", "bert"]
    assert await on_the_list(records) == {}


async def test_one_whom_two_lists_name_is_one_person(records, keys):
    async with records.unit_of_work(TENANT) as work:
        known = await work.campaign_contacts.known(CAMPAIGN, ["bert"], [number_hash(PEPPER, ANNA)])

    assert {one.reference for one in known} == {"anna", "bert"}
