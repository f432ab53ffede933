"""Work that nobody waits for any more: its read is cut off and recorded, and what changes something goes on."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from voiceagent.background.reporting import Report
from voiceagent.background.stopping import Stop, Stops
from voiceagent.background.tools import Effect, tool
from voiceagent.conversation.delegation import Progress, Proposed, ToolRan, WorkDone
from voiceagent.conversation.profile import Intent
from voiceagent.core.errors import UpstreamUnavailable
from voiceagent.core.ids import DelegationId
from voiceagent.testing.planned import planned_agent

_WORK = DelegationId("del_1")
_COUNT = Intent(name="count", phrases=("count",), tool="stock.count", say="There are {pieces}.", not_found="No.")
_MOVE = Intent(
    name="move",
    phrases=("move",),
    tool="stock.move",
    say="Done.",
    not_found="No.",
    confirm="Move it?",
    declined="Then not.",
)


async def updates_of(agent, package) -> list[Any]:
    return [update async for update in agent.run(package)]


@pytest.fixture
def counting(profile, clock):
    """An agent whose look-up tells that it runs, and then never ends by itself."""

    @tool(name="stock.count", effect=Effect.READ, timeout_s=60)
    async def count(report: Report) -> dict[str, Any]:
        report("I am counting.")
        await asyncio.Event().wait()
        raise AssertionError

    return planned_agent(replace(profile, intents=(_COUNT,)), [count], clock)


async def test_a_read_that_runs_is_cut_off_and_recorded(counting, package):
    updates = counting.run(package("count"))
    told = await anext(updates)
    await counting.stop(_WORK)
    ran, done = [update async for update in updates]

    assert told == Progress(text="I am counting.")
    assert isinstance(ran, ToolRan)
    assert (ran.name, ran.status, ran.error) == ("stock.count", "stopped", "nobody waits for it any more")
    assert done == WorkDone(outcome="stopped")


async def test_other_work_is_not_touched(counting, package):
    updates = counting.run(package("count"))
    await anext(updates)
    await counting.stop(DelegationId("del_another"))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await anext(updates)


async def test_what_has_ended_is_stopped_without_harm(profile, clock, package):
    @tool(name="stock.count", effect=Effect.READ)
    async def count() -> dict[str, Any]:
        return {"pieces": 3}

    agent = planned_agent(replace(profile, intents=(_COUNT,)), [count], clock)
    first = await updates_of(agent, package("count"))
    await agent.stop(_WORK)
    second = await updates_of(agent, replace(package("count"), delegation_id=DelegationId("del_2")))

    assert first[-1] == second[-1] == WorkDone(outcome="ok")


async def test_a_change_that_the_caller_confirmed_goes_on(profile, clock, package):
    begun, may_end = asyncio.Event(), asyncio.Event()

    @tool(name="stock.move", effect=Effect.WRITE)
    async def move() -> dict[str, Any]:
        begun.set()
        await may_end.wait()
        return {"found": True}

    agent = planned_agent(replace(profile, intents=(_MOVE,)), [move], clock)
    (asked, _done) = await updates_of(agent, package("move"))
    assert isinstance(asked, Proposed)
    async with asyncio.TaskGroup() as tasks:
        confirmed = tasks.create_task(updates_of(agent, replace(package("move"), confirms=asked.proposal_id)))
        await begun.wait()
        await agent.stop(_WORK)
        await asyncio.sleep(0)
        may_end.set()

    ran, _said, done = confirmed.result()
    assert (ran.status, done.outcome) == ("ok", "ok")


@pytest.mark.parametrize("failure", [UpstreamUnavailable("cut off"), ConnectionError("lost"), TimeoutError()])
async def test_whatever_a_tool_makes_of_being_cut_off_it_was_stopped_and_is_not_tried_again(
    profile, clock, package, failure
):
    tries, begun = [], asyncio.Event()

    @tool(name="stock.count", effect=Effect.READ, timeout_s=60, retries=3)
    async def count() -> dict[str, Any]:
        tries.append(1)
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise failure from None
        raise AssertionError

    agent = planned_agent(replace(profile, intents=(_COUNT,)), [count], clock)
    async with asyncio.TaskGroup() as tasks:
        updates = tasks.create_task(updates_of(agent, package("count")))
        await begun.wait()
        await agent.stop(_WORK)

    ran, done = updates.result()
    assert (ran.status, done.outcome, len(tries)) == ("stopped", "stopped", 1)


async def test_a_limit_that_begins_after_the_stop_passes_at_once():
    stop = Stop()
    stop.ask()
    stop.ask()

    async def work() -> None:
        async with asyncio.timeout(60) as limit:
            with stop.watched_by(limit):
                await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await work()


def test_a_stop_that_comes_before_its_work_is_not_lost():
    stops = Stops()
    stops.ask(_WORK)

    with stops.running(_WORK) as stop, stops.running(DelegationId("del_another")) as another:
        assert stop.wanted
        assert not another.wanted
