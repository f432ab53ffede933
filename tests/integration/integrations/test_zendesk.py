"""The Zendesk connector over HTTP, against a server that answers as Zendesk documents it."""

import asyncio

import pytest

from voiceagent.background.crm import CaseStatus
from voiceagent.background.crm_discovery import find_connector
from voiceagent.core.errors import ConfigError, Conflict
from voiceagent.testing.crm_contract import CrmContract
from voiceagent.testing.crm_faults import QUICK, CrmFaults, FaultyWorld
from voiceagent.testing.vendors.zendesk import CLIENT, ZendeskServer
from voiceagent_integrations.zendesk.connector import open_connector

ANNA, BEN = "+12025550101", "+12025550102"


@pytest.fixture
def server(host):
    running = host.put(ZendeskServer())
    anna, ben = running.add_user("Anna Keller", ANNA), running.add_user("Ben", BEN)
    for number, item, day in (
        ("40962", "rain jacket", "12"),
        ("4217", "hiking boots", "17"),
        ("4021", "rucksack", "16"),
    ):
        running.add_order(anna, {"number": number, "item": item, "status": "sent"}, f"2026-11-{day}T09:30:00Z")
    running.add_order(ben, {"number": "5150", "item": "rope", "status": "in customs"}, "2026-11-18T09:30:00Z")
    return running


def settings(server):
    return {"base_url": server.url, "orders_object": "order", **CLIENT}


@pytest.fixture
def faulty(server):
    return FaultyWorld(
        server=server,
        open=open_connector,
        settings=settings(server),
        number=ANNA,
        nowhere={"base_url": "http://127.0.0.1:1"},
        secrets=(CLIENT["client_secret"],),
        counts_cases=lambda: len(server.tickets),
    )


class TestZendesk(CrmContract):
    """In the usual world."""


class TestZendeskFaults(CrmFaults):
    """With its own server."""


async def test_a_key_is_known_after_zendesk_forgot_the_header(server, crm):
    contact = await crm.find_contact(ANNA)
    case = await crm.create_case(contact.contact_id, subject="s", description="d", idempotency_key="k")
    await crm.update_case(contact.contact_id, case.case_id, status=CaseStatus.CLOSED)
    server.replays.clear()

    again = await crm.create_case(contact.contact_id, subject="s", description="d", idempotency_key="k")

    assert (again.case_id, again.status) == (case.case_id, CaseStatus.CLOSED)


async def test_one_key_used_at_once_writes_once(server, crm):
    contact = await crm.find_contact(ANNA)

    notes = await asyncio.gather(*(crm.add_note(contact.contact_id, "same", idempotency_key="k") for _ in range(5)))

    assert len({note.note_id for note in notes}) == 1
    assert len(server.tickets) == 1


async def test_notes_are_not_cases(crm):
    contact = await crm.find_contact(ANNA)
    await crm.add_note(contact.contact_id, "a remark", idempotency_key="k")

    assert await crm.get_cases(contact.contact_id) == ()


async def test_cases_and_orders_are_collected_over_pages(server, crm):
    server.page_size = 2
    contact = await crm.find_contact(ANNA)
    ids = [
        (await crm.create_case(contact.contact_id, subject=str(i), description="", idempotency_key=str(i))).case_id
        for i in range(5)
    ]

    assert [case.case_id for case in await crm.get_cases(contact.contact_id)] == ids[::-1]
    assert [order.order_number for order in await crm.get_orders(contact.contact_id)] == ["4217", "4021", "40962"]


async def test_a_ticket_that_zendesk_closed_for_good_is_a_conflict(server, crm):
    contact = await crm.find_contact(ANNA)
    case = await crm.create_case(contact.contact_id, subject="s", description="d", idempotency_key="k")
    server.tickets[int(case.case_id)]["status"] = "closed"

    with pytest.raises(Conflict):
        await crm.update_case(contact.contact_id, case.case_id, status=CaseStatus.OPEN)


async def test_a_zendesk_without_orders_has_none(server):
    async with open_connector({**settings(server), "orders_object": "", **QUICK}) as crm:
        contact = await crm.find_contact(ANNA)

        assert await crm.get_orders(contact.contact_id) == ()
        assert await crm.get_order(contact.contact_id, "4217") is None


async def test_the_credentials_are_checked(crm):
    await crm.check()


@pytest.mark.parametrize("wrong", [{}, {"base_url": "https://a.zendesk.com"}, {"base_url": "a", **CLIENT}], ids=str)
async def test_wrong_settings_are_named(wrong):
    with pytest.raises(ConfigError):
        async with open_connector(wrong):
            pass


def test_the_connector_is_found_by_name():
    assert find_connector("zendesk") is open_connector
