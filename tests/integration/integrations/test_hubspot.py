"""The HubSpot connector over HTTP, against a server that answers as HubSpot documents it."""

import asyncio

import pytest

from voiceagent.background.crm import CaseStatus
from voiceagent.background.crm_discovery import find_connector
from voiceagent.core.errors import ConfigError, Unauthorised
from voiceagent.testing.crm_contract import CrmContract
from voiceagent.testing.crm_faults import QUICK, CrmFaults, FaultyWorld
from voiceagent.testing.vendors.hubspot import CLIENT, HubSpotServer
from voiceagent_integrations.hubspot.connector import open_connector

ANNA, BEN, SHARED = "+12025550101", "+12025550102", "+12025550103"


@pytest.fixture
def server(host):
    running = host.put(HubSpotServer())
    anna = running.add("contacts", {"firstname": "Anna", "lastname": "Keller", "email": "a@b.c", "phone": ANNA})
    ben = running.add("contacts", {"firstname": "Ben", "lastname": "Okafor", "mobilephone": BEN})
    for name in ("Eve", "Adam"):
        running.add("contacts", {"firstname": name, "phone": SHARED})
    for number, item, day in (
        ("40962", "rain jacket", "12"),
        ("4217", "hiking boots", "17"),
        ("4021", "rucksack", "16"),
    ):
        running.add("order", order(number, item, day), contact=anna)
    running.add("order", order("5150", "climbing rope", "18"), contact=ben)
    return running


def order(number, item, day):
    return {
        "hs_external_order_id": number,
        "hs_order_name": item,
        "hs_fulfillment_status": "on its way",
        "hs_createdate": f"2026-11-{day}T09:30:00.000Z",
    }


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
        secrets=(CLIENT["client_secret"], CLIENT["refresh_token"]),
        counts_cases=lambda: len(server.objects["tickets"]),
    )


class TestHubSpot(CrmContract):
    """In the usual world."""


class TestHubSpotFaults(CrmFaults):
    """With its own server."""


async def test_a_number_that_two_contacts_share_finds_nobody(crm):
    assert await crm.find_contact(SHARED) is None


async def test_cases_and_orders_are_collected_over_pages(server, crm):
    server.page_size = 2
    contact = await crm.find_contact(ANNA)
    ids = [
        (await crm.create_case(contact.contact_id, subject=str(i), description="", idempotency_key=str(i))).case_id
        for i in range(5)
    ]

    assert [case.case_id for case in await crm.get_cases(contact.contact_id)] == ids[::-1]
    assert [order.order_number for order in await crm.get_orders(contact.contact_id)] == ["4217", "4021", "40962"]


async def test_a_repeated_creation_does_not_reopen_a_closed_case(crm):
    contact = await crm.find_contact(ANNA)
    case = await crm.create_case(contact.contact_id, subject="s", description="d", idempotency_key="k")
    await crm.update_case(contact.contact_id, case.case_id, status=CaseStatus.CLOSED)

    again = await crm.create_case(contact.contact_id, subject="s", description="d", idempotency_key="k")

    assert (again.case_id, again.status) == (case.case_id, CaseStatus.CLOSED)


async def test_a_property_that_is_missing_there_is_said(server):
    async with open_connector({**settings(server), **QUICK, "key_property": "no_such"}) as crm:
        with pytest.raises(ConfigError, match="unique property no_such"):
            await crm.check()
        contact = await crm.find_contact(ANNA)
        with pytest.raises(ConfigError, match="VALIDATION_ERROR"):
            await crm.add_note(contact.contact_id, "x", idempotency_key="k")


async def test_a_private_apps_token_works_and_is_never_told(server):
    server.tokens.add("pat-s3cret")
    async with open_connector({"base_url": server.url, "access_token": "pat-s3cret", **QUICK}) as crm:
        await crm.check()
        server.tokens.clear()
        with pytest.raises(Unauthorised, match="access_token") as caught:
            await crm.check()

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong", [{}, {"client_id": "x"}, {"access_token": "x", "base_url": "http://crm.example"}], ids=str
)
async def test_wrong_settings_are_named(wrong):
    with pytest.raises(ConfigError):
        async with open_connector(wrong):
            pass


async def test_one_key_used_at_once_writes_once(server, crm):
    contact = await crm.find_contact(ANNA)

    notes = await asyncio.gather(*(crm.add_note(contact.contact_id, "same", idempotency_key="k") for _ in range(5)))

    assert len({note.note_id for note in notes}) == 1
    assert len(server.objects["notes"]) == 1


def test_the_connector_is_found_by_name():
    assert find_connector("hubspot") is open_connector
