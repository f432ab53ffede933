"""The REST connector over HTTP, against the API that its defaults describe and against others."""

import asyncio

import pytest

from voiceagent.background.crm_discovery import find_connector
from voiceagent.core.errors import ConfigError, UpstreamUnavailable
from voiceagent.testing.crm_contract import CrmContract
from voiceagent.testing.crm_faults import QUICK, CrmFaults, FaultyWorld
from voiceagent.testing.vendors.rest import CLIENT, RestServer
from voiceagent.testing.vendors.server import answers, hangs, passes
from voiceagent_integrations.rest.connector import open_connector

ANNA, BEN = "+12025550101", "+12025550102"


@pytest.fixture
def server(host):
    running = host.put(RestServer())
    running.contacts += [
        {"id": "1", "first_name": "Anna", "phone": ANNA},
        {"id": "2", "first_name": "Ben", "phone": BEN},
    ]
    for number, contact, day in (("40962", "1", 12), ("4217", "1", 17), ("4021", "1", 16), ("5150", "2", 18)):
        ordered = f"2026-11-{day}T09:30:00Z"
        running.orders.append(
            {"number": number, "contact_id": contact, "item": "boots", "status": "sent", "ordered_at": ordered}
        )
    return running


def settings(server):
    return {"base_url": server.url, "token_url": f"{server.url}/oauth/token", **CLIENT}


@pytest.fixture
def faulty(server):
    return FaultyWorld(
        server=server,
        open=open_connector,
        settings=settings(server),
        number=ANNA,
        nowhere={"base_url": "http://127.0.0.1:1"},
        secrets=(CLIENT["client_secret"],),
        counts_cases=lambda: len(server.cases),
    )


class TestRest(CrmContract):
    """In the usual world."""


class TestRestFaults(CrmFaults):
    """With its own server."""


@pytest.mark.parametrize(
    ("paging", "kind"),
    [
        ({"kind": "link", "at": "next"}, "link"),
        ({"kind": "cursor", "at": "meta.cursor", "param": "start"}, "cursor"),
        ({"kind": "offset", "param": "start", "size": 1}, "offset"),
    ],
    ids=str,
)
async def test_pages_are_turned(server, paging, kind):
    server.paging, server.page_size = kind, 1
    async with open_connector({**settings(server), **QUICK, "paging": paging}) as crm:
        orders = await crm.get_orders("1")

    assert [order.order_number for order in orders] == ["4217", "4021", "40962"]


async def test_a_page_on_another_host_is_not_asked_for(server, crm):
    server.faults.append(answers(200, {"items": [], "next": "http://192.0.2.1/orders"}))

    with pytest.raises(UpstreamUnavailable, match="another host"):
        await crm.get_orders("1")


async def test_an_api_that_tells_too_much_is_not_repeated_to_the_caller(server, crm):
    stranger = {**server.orders[3], "number": "4217"}
    server.faults.extend([answers(200, {"items": [stranger]}), answers(200, {"items": [server.contacts[1]]})])

    assert await crm.get_order("1", "4217") is None
    assert await crm.find_contact(ANNA) is None


async def test_one_key_used_at_once_writes_once(server, crm):
    notes = await asyncio.gather(*(crm.add_note("1", "same", idempotency_key="k") for _ in range(5)))

    assert all(note == notes[0] for note in notes)
    assert len(server.notes) == 1


async def test_without_a_header_a_write_is_not_repeated(server):
    async with open_connector({**settings(server), **QUICK, "idempotency_header": ""}) as crm:
        server.faults.extend([hangs(carried_out=True), passes])
        with pytest.raises(UpstreamUnavailable):
            await crm.add_note("1", "x", idempotency_key="k")
        assert not crm.repeats_writes

    assert len(server.notes) == 1


async def test_hostile_text_stays_text(server, crm):
    text = 'a "quote", {contact_id}, \\ and \n line'

    await crm.add_note("1", text, idempotency_key="k")

    assert server.notes[0]["text"] == text
    assert await crm.get_order("1", "../../2/orders?number=5150") is None
    assert await crm.get_orders("2/orders?x=") == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"token": "x", "find_contact": {"path": "/contacts"}},
        {"token": "x", "get_order": {"path": "/orders/{number}"}},
        {"token": "x", "update_case": {"path": "/cases/{case_id}", "method": "PATCH", "body": {"s": "{status}"}}},
        {"token": "x", "base_url": "http://crm.example"},
    ],
    ids=str,
)
async def test_wrong_settings_are_named(wrong):
    with pytest.raises(ConfigError):
        async with open_connector({"base_url": "https://crm.example", **wrong}):
            pass


def test_the_connector_is_found_by_name():
    assert find_connector("rest") is open_connector
