"""A caller hears about their own orders and about nobody else's."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from voiceagent.background.crm import Contact, Order
from voiceagent.background.crm_discovery import find_connector
from voiceagent.background.crm_tools import crm_tools
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.background.tools import Caller, IdempotencyKey
from voiceagent.core.errors import ConfigError
from voiceagent.core.ids import CallId, TenantId
from voiceagent.testing.crm_contract import CrmContract, CrmWorld
from voiceagent.testing.memory_crm import MemoryCrm
from voiceagent.testing.planned import planned_agent

_DAY = datetime(2026, 11, 1, tzinfo=UTC)
ANNA = Contact(contact_id="1", first_name="Anna", last_name="Keller")
BEN = Contact(contact_id="2", first_name="Ben", last_name="Okafor")
CARLA = Contact(contact_id="3", first_name="Carla", last_name="Moreno")


def order(number: str, contact: Contact, age_days: int) -> Order:
    return Order(
        order_number=number,
        contact_id=contact.contact_id,
        item="boots",
        status="on its way",
        ordered_at=_DAY - timedelta(days=age_days),
        carrier="Northbird Post",
        eta="tomorrow",
    )


@pytest.fixture
def crm() -> MemoryCrm:
    return MemoryCrm(
        contacts={"anna": ANNA, "+12025550101": ANNA, "ben": BEN, "carla": CARLA},
        orders=[order("3308", ANNA, 40), order("4217", ANNA, 2), order("5150", BEN, 1)],
    )


class TestMemoryCrm(CrmContract):
    @pytest.fixture
    def world(self, crm):
        return CrmWorld(
            crm=crm,
            number="anna",
            first_name="Anna",
            newest_order="4217",
            older_order="3308",
            stranger_number="ben",
            stranger_order="5150",
        )


@pytest.fixture
def ask(crm, clock):
    tools = ToolRegistry(crm_tools(crm))

    async def call(tool: str, number: str, key: str = "prop_1", **arguments: str):
        caller = Caller(number=number, tenant_id=TenantId("ten_1"), call_id=CallId("call_1"))
        return await tools.get(tool).call(arguments, caller=caller, clock=clock, key=IdempotencyKey(key))

    return call


@pytest.fixture
def lookup(ask):
    return partial(ask, "crm.lookup_customer")


@pytest.fixture
def request_day(ask):
    return partial(ask, "crm.request_delivery_day")


async def test_another_delivery_day_becomes_a_case_of_the_caller(crm, request_day):
    outcome = await request_day("anna", order_number="3308", delivery_day="on Saturday")
    (case,) = await crm.get_cases(ANNA.contact_id)

    assert outcome.result == {
        "found": True,
        "order_number": "3308",
        "delivery_day": "on Saturday",
        "reference": case.case_id,
    }
    assert case.subject == "Deliver order 3308 on Saturday"


async def test_the_same_key_makes_one_case(crm, request_day):
    first = await request_day("anna", order_number="3308", delivery_day="on Saturday")
    second = await request_day("anna", order_number="3308", delivery_day="on Saturday")

    assert second.result == first.result
    assert len(await crm.get_cases(ANNA.contact_id)) == 1


async def test_nobody_changes_the_delivery_of_somebody_else(crm, request_day):
    outcome = await request_day("anna", order_number="5150", delivery_day="on Saturday")

    assert outcome.result["found"] is False
    assert await crm.get_cases(BEN.contact_id) == await crm.get_cases(ANNA.contact_id) == ()


async def test_a_callers_own_order_is_found(lookup):
    outcome = await lookup("anna", order_number="3308")

    assert outcome.result == {
        "found": True,
        "first_name": "Anna",
        "order_number": "3308",
        "status": "on its way",
        "eta": "tomorrow",
        "carrier": "Northbird Post",
        "item": "boots",
        "delivery_window": "",
    }


async def test_without_a_number_the_newest_order_is_told(lookup):
    assert (await lookup("+12025550101")).result["order_number"] == "4217"


async def test_an_order_of_somebody_else_looks_exactly_like_one_that_does_not_exist(lookup):
    theirs = await lookup("anna", order_number="5150")
    nothing = await lookup("anna", order_number="99999")

    assert theirs.result == nothing.result
    assert theirs.result["found"] is False


async def test_an_unknown_caller_learns_nothing(lookup):
    outcome = await lookup("mallory", order_number="4217")

    assert outcome.result["found"] is False
    assert {value for name, value in outcome.result.items() if name != "found"} == {None}


async def test_a_customer_without_orders_is_found_all_the_same(lookup):
    outcome = await lookup("carla")

    assert (outcome.result["found"], outcome.result["first_name"], outcome.result["status"]) == (True, "Carla", None)


@pytest.mark.parametrize("number", ["", "4217; drop table orders", "1" * 33])
async def test_an_order_number_that_cannot_be_one_never_reaches_the_crm(lookup, crm, number):
    crm.reachable = False

    outcome = await lookup("anna", order_number=number)

    assert "do not fit" in outcome.error
    assert not outcome.unavailable


async def test_a_crm_that_is_away_makes_the_work_unreachable(crm, profile, package, clock):
    agent = planned_agent(profile, crm_tools(crm), clock)
    crm.reachable = False

    updates = [update async for update in agent.run(package(order_number="4217"))]

    assert updates[-1].outcome == "unreachable"


def test_an_unknown_connector_is_refused_with_the_installed_ones():
    with pytest.raises(ConfigError, match="installed: "):
        find_connector("no_such_crm")
