"""A delegation ends with WorkDone, after the tool and the words that its result deserves."""

import asyncio
import dataclasses
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from voiceagent.background.agent import PlannedAgent
from voiceagent.background.tools import Caller, Effect, tool
from voiceagent.conversation.delegation import Commentary, ToolRan, WorkDone
from voiceagent.conversation.profile import Intent
from voiceagent.core.errors import ConfigError, UpstreamUnavailable
from voiceagent.testing.planned import planned_agent

FOUND = {"found": True, "status": "on its way", "carrier": "Northbird Post", "eta": "tomorrow", "order_number": "4217"}


@pytest.fixture
def agent_with(profile, clock):
    def make(answer: Any, *, timeout_s: float = 5.0) -> PlannedAgent:
        @tool(name="crm.lookup_customer", effect=Effect.READ, timeout_s=timeout_s)
        async def lookup(caller: Caller, order_number: str | None = None) -> dict[str, Any]:
            result = answer(caller, order_number) if callable(answer) else answer
            if asyncio.iscoroutine(result):
                result = await result
            if isinstance(result, Exception):
                raise result
            return result

        @tool(name="crm.pay_back", effect=Effect.CONSEQUENTIAL)
        async def pay_back(caller: Caller) -> dict[str, Any]:
            raise AssertionError(caller)

        return planned_agent(profile, [lookup, pay_back], clock)

    return make


async def updates_of(agent, package):
    return [update async for update in agent.run(package)]


async def test_a_found_order_is_told_and_its_number_is_spelled(agent_with, package):
    ran, said, done = await updates_of(agent_with(FOUND), package(order_number="4217"))

    assert isinstance(ran, ToolRan)
    assert (ran.name, ran.status, ran.arguments) == ("crm.lookup_customer", "ok", {"order_number": "4217"})
    assert ran.result == FOUND
    assert said.text == "Order 4 2 1 7 is on its way; Northbird Post brings it tomorrow."
    assert {claim.field: claim.value for claim in said.claims} == {
        "status": "on its way",
        "carrier": "Northbird Post",
        "eta": "tomorrow",
    }
    assert {claim.subject for claim in said.claims} == {'crm.lookup_customer {"order_number":"4217"}'}
    assert done == WorkDone(outcome="ok")


async def test_an_order_that_is_not_found_is_named_as_the_caller_said_it(agent_with, package):
    _ran, said, done = await updates_of(
        agent_with({"found": False, "order_number": None}), package(order_number="5150")
    )

    assert said == Commentary(text="I cannot find order 5 1 5 0 under your number.")
    assert done == WorkDone(outcome="not_found")


async def test_what_was_found_is_never_told_as_not_found_when_its_sentence_lacks_a_field(agent_with, package):
    with structlog.testing.capture_logs() as logs:
        _ran, done = await updates_of(agent_with(FOUND | {"eta": ""}), package(order_number="4217"))

    assert done.outcome == "failed"
    (log,) = logs
    assert (log["log_level"], log["field"], log["intent"]) == ("error", "eta", "order_status")
    assert "{eta}" in log["template"]


async def test_without_a_template_that_fits_nothing_is_said(agent_with, package):
    updates = await updates_of(agent_with({"found": False}), package())

    assert [type(update) for update in updates] == [ToolRan, WorkDone]
    assert updates[-1].outcome == "not_found"


async def test_a_system_that_does_not_answer_is_unreachable(agent_with, package):
    ran, done = await updates_of(agent_with(UpstreamUnavailable("the CRM does not answer")), package())

    assert (ran.status, ran.error) == ("error", "the CRM does not answer")
    assert done == WorkDone(outcome="unreachable", detail="the CRM does not answer")


async def test_a_tool_that_hangs_is_unreachable(agent_with, package):
    agent = agent_with(lambda *_: asyncio.Event().wait(), timeout_s=0.01)

    ran, done = await updates_of(agent, package())

    assert ran.status == "timeout"
    assert done.outcome == "unreachable"


async def test_a_tool_with_a_bug_has_failed(agent_with, package):
    _ran, done = await updates_of(agent_with(KeyError("x")), package())

    assert done == WorkDone(outcome="failed", detail="the tool failed with KeyError")


async def test_who_calls_comes_from_the_session_whatever_the_slots_say(agent_with, package):
    seen: list[str] = []

    def answer(caller: Caller, _number: str | None) -> dict[str, Any]:
        seen.append(caller.number)
        return FOUND

    await updates_of(agent_with(answer), package(caller="anna", order_number="4217"))
    spoofed = package(order_number="4217")
    spoofed.slots["caller"] = "ben"
    ran, *_ = await updates_of(agent_with(answer), spoofed)

    assert seen == ["anna", "anna"]
    assert "caller" not in ran.arguments


@pytest.mark.parametrize(
    ("intent", "words"),
    [
        ("opening_hours", "has no tool"),
        ("lost", "no tool 'crm.nowhere'"),
        ("refund", "consequential"),
        ("unheard_of", "no intent"),
    ],
)
async def test_work_that_cannot_be_planned_fails_with_a_reason(agent_with, package, intent, words):
    (done,) = await updates_of(agent_with(FOUND), package(intent))

    assert done.outcome == "failed"
    assert words in done.detail


async def test_a_profile_version_that_is_not_loaded_fails(agent_with, package):
    (done,) = await updates_of(agent_with(FOUND), dataclasses.replace(package(), profile_version=2))

    assert "version 2 is not loaded" in done.detail


def test_a_profile_with_a_missing_tool_is_refused_at_start(agent_with, profile):
    with pytest.raises(ConfigError, match="intent lost"):
        agent_with(FOUND).check(profile)


def test_a_parameter_that_nothing_fills_is_refused_at_start(profile, clock):
    @tool(name="crm.lookup_customer", effect=Effect.READ)
    async def lookup(caller: Caller, shelf: str, order_number: str | None = None) -> dict[str, Any]:
        raise AssertionError(caller, shelf, order_number)

    with pytest.raises(ConfigError) as told:
        planned_agent(profile, [lookup], clock).check(profile)

    assert str(told.value).startswith(f"{__file__}:")
    assert "tool crm.lookup_customer: nothing fills its parameter 'shelf'" in str(told.value)
    assert "intent order_status" in str(told.value)


async def test_delegations_run_side_by_side(agent_with, package):
    both = asyncio.Barrier(2)

    async def answer() -> dict[str, Any]:
        await both.wait()
        return FOUND

    agent = agent_with(lambda *_: answer())

    first, second = await asyncio.gather(updates_of(agent, package()), updates_of(agent, package()))

    assert first[-1] == second[-1] == WorkDone(outcome="ok")


async def test_closing_the_iterator_before_the_end_leaves_nothing_running(agent_with, package):
    updates = agent_with(FOUND).run(package(order_number="4217"))
    first = await anext(updates)
    await updates.aclose()

    assert isinstance(first, ToolRan)
    assert [update async for update in updates] == []


async def test_what_was_said_stands_in_the_log_only_as_personal(profile, package, clock):
    @tool(name="bank.pay", effect=Effect.CONSEQUENTIAL)
    async def pay(amount: int) -> dict[str, Any]:
        raise AssertionError(amount)

    intent = Intent(name="pay", phrases=("pay",), tool="bank.pay", say="Done.", confirm="{amount}?", declined="No.")
    agent = planned_agent(dataclasses.replace(profile, intents=(intent,)), [pay], clock)

    with capture_logs() as logs:
        await updates_of(agent, package("pay", amount="my card is 4111"))

    (entry,) = (one for one in logs if one["event"] == "delegation cannot be begun")
    assert "bank.pay" in entry["pii_error"]
    assert "error" not in entry
