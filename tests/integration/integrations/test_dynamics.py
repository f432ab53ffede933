"""The Dynamics connector over HTTP, against a server that answers as Dataverse documents it."""

import asyncio

import pytest

from voiceagent.background.crm import CaseStatus
from voiceagent.background.crm_discovery import find_connector
from voiceagent.core.errors import ConfigError, NotFound
from voiceagent.testing.crm_contract import CrmContract
from voiceagent.testing.crm_faults import QUICK, CrmFaults, FaultyWorld
from voiceagent.testing.vendors.dynamics import CLIENT, DynamicsServer
from voiceagent.testing.vendors.server import hangs, passes
from voiceagent_integrations.dynamics.connector import open_connector

ANNA, BEN = "+12025550101", "+12025550102"
NOBODY = "00000000-0000-4000-8000-ffffffffffff"


@pytest.fixture
def server(host):
    running = host.put(DynamicsServer())
    anna = running.add("contacts", firstname="Anna", lastname="Keller", telephone1=ANNA, mobilephone=None)
    ben = running.add("contacts", firstname="Ben", lastname="Okafor", telephone1=None, mobilephone=BEN)
    for number, item in (("40962", "rain jacket"), ("4021", "rucksack"), ("4217", "hiking boots")):
        running.add("salesorders", _customerid_value=anna, ordernumber=number, name=item, statuscode=100001)
    running.add("salesorders", _customerid_value=ben, ordernumber="5150", name="rope", statuscode=1)
    return running


def settings(server):
    return {"base_url": server.url, "login_url": server.url, "tenant_id": "tenant-1", **CLIENT}


@pytest.fixture
def faulty(server):
    return FaultyWorld(
        server=server,
        open=open_connector,
        settings=settings(server),
        number=ANNA,
        nowhere={"login_url": "http://127.0.0.1:1"},
        secrets=(CLIENT["client_secret"],),
        counts_cases=lambda: len(server.tables["incidents"]),
    )


class TestDynamics(CrmContract):
    """In the usual world."""


class TestDynamicsFaults(CrmFaults):
    """With its own server."""


async def test_a_repeated_creation_does_not_reopen_a_closed_case(crm):
    contact = await crm.find_contact(ANNA)
    case = await crm.create_case(contact.contact_id, subject="s", description="d", idempotency_key="k")
    await crm.update_case(contact.contact_id, case.case_id, status=CaseStatus.CLOSED)

    again = await crm.create_case(contact.contact_id, subject="s", description="d", idempotency_key="k")

    assert (again.case_id, again.status) == (case.case_id, CaseStatus.CLOSED)


async def test_one_key_used_at_once_by_two_processes_writes_once(server, crm):
    contact = await crm.find_contact(ANNA)
    async with open_connector({**settings(server), **QUICK}) as other:
        writers = [crm, other] * 3
        notes = await asyncio.gather(
            *(each.add_note(contact.contact_id, "same", idempotency_key="k") for each in writers)
        )

    assert all(note == notes[0] for note in notes)
    assert len(server.tables["annotations"]) == 1


async def test_cases_wait_and_open_again(crm):
    contact = await crm.find_contact(ANNA)
    case = await crm.create_case(contact.contact_id, subject="s", description="", idempotency_key="k")

    for status in (CaseStatus.PENDING, CaseStatus.OPEN, CaseStatus.CLOSED, CaseStatus.CLOSED, CaseStatus.OPEN):
        await crm.update_case(contact.contact_id, case.case_id, status=status)
        assert [one.status for one in await crm.get_cases(contact.contact_id)] == [status]


async def test_a_closing_whose_answer_was_lost_is_found_closed(server, crm):
    contact = await crm.find_contact(ANNA)
    case = await crm.create_case(contact.contact_id, subject="s", description="", idempotency_key="k")
    server.faults.extend([passes, passes, hangs(carried_out=True)])

    closed = await crm.update_case(contact.contact_id, case.case_id, status=CaseStatus.CLOSED)

    assert closed.status is CaseStatus.CLOSED


async def test_a_contact_that_is_gone_is_not_found(crm):
    with pytest.raises(NotFound):
        await crm.create_case(NOBODY, subject="s", description="", idempotency_key="k")


async def test_orders_come_over_pages_and_in_words(server, crm):
    server.page_size = 1
    contact = await crm.find_contact(ANNA)

    orders = await crm.get_orders(contact.contact_id)

    assert [(order.order_number, order.status) for order in orders] == [
        ("4217", "Complete"),
        ("4021", "Complete"),
        ("40962", "Complete"),
    ]


async def test_a_hostile_order_number_finds_nothing(crm):
    contact = await crm.find_contact(ANNA)

    for number in ("' or ordernumber ne '", "4217'", "%27", "\n"):
        assert await crm.get_order(contact.contact_id, number) is None


@pytest.mark.parametrize("wrong", [{"order_table": "no_such"}, {"order_contact_column": "_no_such_value"}], ids=str)
async def test_what_is_missing_there_is_said(server, wrong):
    async with open_connector({**settings(server), **QUICK, **wrong}) as crm:
        with pytest.raises(ConfigError, match="0x80060888"):
            await crm.get_orders(NOBODY)


async def test_the_credentials_are_checked(crm):
    await crm.check()


@pytest.mark.parametrize("wrong", [{}, {**CLIENT}, {**CLIENT, "tenant_id": "t", "login_url": "x"}], ids=str)
async def test_wrong_settings_are_named(wrong):
    with pytest.raises(ConfigError):
        async with open_connector({"base_url": "https://acme.crm.dynamics.com", **wrong}):
            pass


def test_the_connector_is_found_by_name():
    assert find_connector("dynamics") is open_connector
