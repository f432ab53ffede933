"""The demo CRM on a real Postgres keeps the connectors' contract, also when Postgres dies."""

import asyncio
import os
import signal
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import psycopg
import pytest

from voiceagent.background.crm import CaseStatus
from voiceagent.background.crm_tools import crm_tools
from voiceagent.background.demo_tools import demo_tools
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.background.tools import Caller, IdempotencyKey
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import ConfigError, UpstreamUnavailable
from voiceagent.core.ids import CallId, TenantId
from voiceagent.testing.crm_contract import CrmContract, CrmWorld
from voiceagent.testing.planned import planned_agent
from voiceagent_integrations.demo_crm.connector import open_connector

_PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"
ANNA = Caller(number="anna", tenant_id=TenantId("ten_1"), call_id=CallId("call_1"))


@pytest.fixture
async def crm(own_postgres):
    async with open_connector({"database_url": own_postgres.url}) as connector:
        yield connector


class TestDemoCrm(CrmContract):
    @pytest.fixture
    def world(self, crm):
        return CrmWorld(
            crm=crm,
            number="anna",
            first_name="Anna",
            newest_order="4217",
            older_order="40962",
            stranger_number="ben",
            stranger_order="5150",
        )


async def test_a_customer_is_known_by_sip_user_and_by_phone_number(crm):
    assert await crm.find_contact("anna") == await crm.find_contact("+12025550101")


async def test_opening_twice_at_once_keeps_one_set_of_customers(own_postgres):
    settings = {"database_url": own_postgres.url}

    async with open_connector(settings) as one, open_connector(settings) as two:
        first, second = await asyncio.gather(one.find_contact("ben"), two.find_contact("ben"))

    with psycopg.connect(own_postgres.url) as connection:
        contacts = connection.execute("select count(*) from demo_crm.contacts").fetchone()
    assert first == second
    assert contacts == (3,)


async def test_the_lookup_tool_tells_an_order_in_words(crm):
    lookup = ToolRegistry(crm_tools(crm)).get("crm.lookup_customer")

    outcome = await lookup.call({"order_number": "4217"}, caller=ANNA, clock=SystemClock())

    assert outcome.result == {
        "found": True,
        "first_name": "Anna",
        "order_number": "4217",
        "status": "on its way",
        "eta": "tomorrow",
        "carrier": "Northbird Post",
        "item": "hiking boots",
        "delivery_window": "between two and four in the afternoon",
    }


async def test_an_order_of_another_customer_is_not_told(crm):
    lookup = ToolRegistry(crm_tools(crm)).get("crm.lookup_customer")

    outcome = await lookup.call({"order_number": "5150"}, caller=ANNA, clock=SystemClock())

    assert outcome.result["found"] is False
    assert outcome.result["status"] is None


async def test_a_slow_carrier_is_waited_for_once_an_order(own_postgres):
    settings = {"database_url": own_postgres.url, "slow_carriers": {"Harbour Express": 60.0}}
    async with open_connector(settings) as crm:
        assert (await crm.get_order("1", "4021")).carrier == "Northbird Post"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await crm.get_order("1", "3308")

    settings["slow_carriers"] = {"Harbour Express": 0.05}
    async with open_connector(settings) as crm:
        clock = asyncio.get_running_loop()
        began = clock.time()
        await crm.get_order("1", "3308")
        assert clock.time() - began >= 0.05


async def test_what_a_dispatcher_moves_is_told_otherwise_from_then_on(crm):
    tools = ToolRegistry(crm_tools(crm))
    await crm.dispatch("4021", eta="on Friday")
    outcome = await tools.get("crm.lookup_customer").call({"order_number": "4021"}, caller=ANNA, clock=SystemClock())
    await crm.dispatch("4021", eta="tomorrow")

    assert outcome.result["eta"] == "on Friday"


async def test_a_card_of_the_demo_is_blocked_once_and_others_are_not_there(crm):
    block = ToolRegistry(demo_tools(crm)).get("bank.block_card")
    asked = [
        await block.call({"card_digits": digits}, caller=ANNA, clock=SystemClock(), key=IdempotencyKey("prop_1"))
        for digits in ("4413", "4413", "3170")  # the last is Ben's
    ]
    cards = {case.subject: case.status for case in await crm.get_cases("1") if case.subject.startswith("Card")}

    assert [outcome.result["found"] for outcome in asked] == [True, True, False]
    assert cards == {"Card ending 4413": CaseStatus.CLOSED, "Card ending 9027": CaseStatus.OPEN}


async def test_a_look_up_slower_than_allowed_is_unreachable(own_postgres):
    with psycopg.connect(own_postgres.url) as blocker:
        async with open_connector({"database_url": own_postgres.url, "answer_within_s": "0.2"}) as crm:
            blocker.execute("lock table demo_crm.contacts in access exclusive mode")
            with pytest.raises(UpstreamUnavailable, match="does not answer"):
                await crm.find_contact("anna")


@pytest.mark.parametrize(
    "settings", [{}, {"database_url": "x", "delay": "1"}, {"database_url": "x", "delay_s": "slow"}], ids=str
)
async def test_wrong_settings_are_named(settings):
    with pytest.raises(ConfigError, match="demo CRM"):
        async with open_connector(settings):
            pass


def test_the_connector_is_announced_as_an_entry_point():
    points = tomllib.loads(_PYPROJECT.read_text())["project"]["entry-points"]["voiceagent.crm"]

    assert EntryPoint(name="demo", value=points["demo"], group="voiceagent.crm").load() is open_connector


async def test_a_killed_postgres_makes_work_unreachable_until_it_is_back(own_postgres, crm, profile, package):
    agent = planned_agent(profile, crm_tools(crm), SystemClock())

    async def ask():
        return [update async for update in agent.run(package)]

    before = await ask()
    os.kill(own_postgres.pid, signal.SIGKILL)
    async with asyncio.timeout(20):
        while (during := await ask())[-1].outcome == "ok":
            await asyncio.sleep(0.02)  # a server's processes outlive their parent for a moment
    await asyncio.to_thread(own_postgres.start)
    async with asyncio.timeout(20):
        while (after := await ask())[-1].outcome != "ok":
            await asyncio.sleep(0.1)  # the pool asks again at growing intervals

    assert before[-1].outcome == "ok"
    assert during[-1].outcome == "unreachable"
    assert after[1] == before[1]
