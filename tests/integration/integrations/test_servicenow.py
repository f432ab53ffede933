"""The ServiceNow connector over HTTP, against a server that answers as ServiceNow documents it."""

import asyncio

import pytest

from voiceagent.background.crm_discovery import find_connector
from voiceagent.core.errors import ConfigError, Unauthorised
from voiceagent.testing.crm_contract import CrmContract
from voiceagent.testing.crm_faults import QUICK, CrmFaults, FaultyWorld
from voiceagent.testing.vendors.servicenow import CLIENT, ORDERS, ServiceNowServer
from voiceagent_integrations.servicenow.connector import open_connector

ANNA, BEN = "+12025550101", "+12025550102"
CASES, NOTES = "sn_customerservice_case", "u_voiceagent_note"


@pytest.fixture
def server(host):
    running = host.put(ServiceNowServer())
    anna = running.add("customer_contact", first_name="Anna", last_name="Keller", phone=ANNA)
    ben = running.add("customer_contact", first_name="Ben", mobile_phone=BEN)
    for number, item in (("40962", "rain jacket"), ("4021", "rucksack"), ("4217", "hiking boots")):
        running.add(ORDERS, number=number, short_description=item, state="10", contact=anna)
    running.add(ORDERS, number="5150", short_description="rope", state="18", contact=ben)
    return running


def settings(server):
    return {"base_url": server.url, "order_table": ORDERS, "unique_keys": True, **CLIENT}


@pytest.fixture
def faulty(server):
    return FaultyWorld(
        server=server,
        open=open_connector,
        settings=settings(server),
        number=ANNA,
        nowhere={"base_url": "http://127.0.0.1:1"},
        secrets=(CLIENT["client_secret"],),
        counts_cases=lambda: len(server.tables[CASES]),
    )


class TestServiceNow(CrmContract):
    """In the usual world."""


class TestServiceNowFaults(CrmFaults):
    """With its own server."""


@pytest.mark.parametrize("table", [CASES, NOTES])
async def test_one_key_used_at_once_writes_once(server, crm, table):
    contact = await crm.find_contact(ANNA)

    async def write():
        if table == NOTES:
            return await crm.add_note(contact.contact_id, "same", idempotency_key="k")
        return await crm.create_case(contact.contact_id, subject="s", description="", idempotency_key="k")

    written = await asyncio.gather(*(write() for _ in range(5)))

    assert all(one == written[0] for one in written)
    assert len(server.tables[table]) == 1


async def test_two_processes_with_one_key_write_one_note(server, crm):
    async with open_connector({**settings(server), **QUICK}) as other:
        contact = await crm.find_contact(ANNA)
        one, two = await asyncio.gather(
            *(each.add_note(contact.contact_id, "same", idempotency_key="k") for each in (crm, other))
        )

    assert one == two
    assert len(server.tables[NOTES]) == 1


async def test_without_a_word_about_an_index_a_write_is_not_said_to_bear_repetition(server):
    async with open_connector({**settings(server), **QUICK, "unique_keys": False}) as crm:
        assert not crm.repeats_writes


async def test_states_and_orders_are_told_in_words(crm):
    contact = await crm.find_contact(ANNA)

    (order, *_) = await crm.get_orders(contact.contact_id)

    assert (order.status, order.item) == ("Open", "hiking boots")


async def test_a_field_that_servicenow_ignores_never_finds_somebody_else(server):
    wrong = {"phone_fields": ["telephone"], "order_contact_field": "owner"}
    async with open_connector({**settings(server), **QUICK, **wrong}) as crm:
        assert await crm.find_contact(ANNA) is None
        assert await crm.get_orders(server.tables["customer_contact"][0]["sys_id"]) == ()


async def test_a_key_field_that_servicenow_drops_is_said(server, crm):
    contact = await crm.find_contact(ANNA)
    await crm.create_case(contact.contact_id, subject="another", description="", idempotency_key="other")

    async with open_connector({**settings(server), **QUICK, "case_key_field": "no_such"}) as wrong:
        with pytest.raises(ConfigError, match="no_such"):
            await wrong.create_case(contact.contact_id, subject="mine", description="", idempotency_key="k")


async def test_a_hostile_order_number_finds_nothing(crm):
    contact = await crm.find_contact(ANNA)

    for number in ("4217^ORnumber=5150", "javascript:1", "'", "4217\n"):
        assert await crm.get_order(contact.contact_id, number) is None


async def test_a_table_that_is_missing_there_is_said(server):
    async with open_connector({**settings(server), **QUICK, "contact_table": "no_such"}) as crm:
        with pytest.raises(ConfigError, match="Invalid table"):
            await crm.find_contact(ANNA)


async def test_a_refused_password_names_its_settings(server):
    async with open_connector({"base_url": server.url, "username": "u", "password": "s3cret", **QUICK}) as crm:
        with pytest.raises(Unauthorised, match="username, password") as caught:
            await crm.check()

    assert "s3cret" not in str(caught.value)


async def test_the_credentials_are_checked(crm):
    await crm.check()


@pytest.mark.parametrize("wrong", [{}, {**CLIENT, "phone_fields": ["a^b"]}, {**CLIENT, "order_table": 3}], ids=str)
async def test_wrong_settings_are_named(wrong):
    with pytest.raises(ConfigError):
        async with open_connector({"base_url": "https://acme.service-now.com", **wrong}):
            pass


def test_the_connector_is_found_by_name():
    assert find_connector("servicenow") is open_connector
