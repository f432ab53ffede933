"""The Salesforce connector over HTTP, against a server that answers as Salesforce documents it."""

import asyncio

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from voiceagent.background.crm import CaseStatus
from voiceagent.background.crm_discovery import find_connector
from voiceagent.core.errors import ConfigError, Unauthorised
from voiceagent.testing.crm_contract import CrmContract
from voiceagent.testing.crm_faults import QUICK, CrmFaults, FaultyWorld
from voiceagent.testing.vendors.salesforce import CLIENT, USERNAME, SalesforceServer
from voiceagent_integrations.salesforce.connector import open_connector

ANNA, BEN = "+12025550101", "+12025550102"


@pytest.fixture
def server(host):
    running = host.put(SalesforceServer())
    anna = running.add("Contact", FirstName="Anna", LastName="Keller", Email="a@b.c", Phone=ANNA, MobilePhone=None)
    ben = running.add("Contact", FirstName="Ben", LastName="Okafor", Email=None, Phone=None, MobilePhone=BEN)
    for number, item, day in (
        ("40962", "rain jacket", "12"),
        ("4217", "hiking boots", "17"),
        ("4021", "rucksack", "16"),
    ):
        add_order(running, anna, number, item, day)
    add_order(running, ben, "5150", "rope", "18")
    return running


def add_order(server, contact, number, item, day):
    items = {"totalSize": 1, "done": True, "records": [{"Product2": {"Name": item}}]}
    created = f"2026-11-{day}T09:30:00.000+0000"
    server.add(
        "Order", BillToContactId=contact, OrderNumber=number, Status="Activated", CreatedDate=created, OrderItems=items
    )


def settings(server):
    return {"base_url": server.url, **CLIENT}


@pytest.fixture
def faulty(server):
    return FaultyWorld(
        server=server,
        open=open_connector,
        settings=settings(server),
        number=ANNA,
        nowhere={"base_url": "http://127.0.0.1:1"},
        secrets=(CLIENT["client_secret"],),
        counts_cases=lambda: len(server.records["Case"]),
    )


class TestSalesforce(CrmContract):
    """In the usual world."""


class TestSalesforceFaults(CrmFaults):
    """With its own server."""


async def test_a_repeated_creation_does_not_undo_what_people_did(server, crm):
    contact = await crm.find_contact(ANNA)
    case = await crm.create_case(contact.contact_id, subject="s", description="d", idempotency_key="k")
    await crm.update_case(contact.contact_id, case.case_id, status=CaseStatus.CLOSED)
    server.records["Case"][0]["Subject"] = "what it is about"

    again = await crm.create_case(contact.contact_id, subject="s", description="d", idempotency_key="k")

    assert (again.case_id, again.status, again.subject) == (case.case_id, CaseStatus.CLOSED, "what it is about")


async def test_one_key_used_at_once_writes_once(server, crm):
    contact = await crm.find_contact(ANNA)

    notes = await asyncio.gather(*(crm.add_note(contact.contact_id, "same", idempotency_key="k") for _ in range(5)))

    assert len({note.note_id for note in notes}) == 1
    assert len(server.records["Voiceagent_Note__c"]) == 1


async def test_orders_are_collected_over_pages(server, crm):
    server.page_size = 1
    contact = await crm.find_contact(ANNA)

    assert [order.order_number for order in await crm.get_orders(contact.contact_id)] == ["4217", "4021", "40962"]


async def test_a_hostile_order_number_finds_nothing(crm):
    contact = await crm.find_contact(ANNA)

    for number in ("' OR OrderNumber != '", "\\", "4217'\n", "4217\\"):
        assert await crm.get_order(contact.contact_id, number) is None


@pytest.mark.parametrize("name", ["key_field", "note_object"])
async def test_a_field_that_is_missing_there_is_said(server, name):
    async with open_connector({**settings(server), **QUICK, name: "No_Such__c"}) as crm:
        contact = await crm.find_contact(ANNA)
        with pytest.raises(ConfigError, match="INVALID_"):
            await crm.check()
        with pytest.raises(ConfigError, match="INVALID_"):
            await crm.add_note(contact.contact_id, "x", idempotency_key="k")


async def test_a_signed_assertion_works_instead_of_a_secret(server):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem, of_key = serialization.Encoding.PEM, key.public_key()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    signing = {"base_url": server.url, "client_id": CLIENT["client_id"], "username": USERNAME, "private_key": private}

    async with open_connector({**signing, **QUICK}) as crm:
        with pytest.raises(Unauthorised, match="private_key"):
            await crm.check()
        server.public_key = of_key.public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
        await crm.check()


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "x"},
        {"client_id": "x", "username": "u", "private_key": "not a key"},
        {**CLIENT, "api_version": "62"},
    ],
    ids=str,
)
async def test_wrong_settings_are_named(wrong):
    with pytest.raises(ConfigError):
        async with open_connector({"base_url": "https://acme.my.salesforce.com", **wrong}):
            pass


def test_the_connector_is_found_by_name():
    assert find_connector("salesforce") is open_connector
