"""Tools that tell what they are at."""

import asyncio
from contextlib import aclosing

import pytest

from voiceagent.background.reporting import Report, with_reports
from voiceagent.background.stopping import Audience
from voiceagent.background.tool_outcome import ToolStatus
from voiceagent.background.tools import Caller, Effect, tool
from voiceagent.background.wire import decode_update, encode_update
from voiceagent.conversation.delegation import DelegationUpdate, Progress, WorkDone
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import BadInput, UpstreamUnavailable
from voiceagent.core.ids import CallId, TenantId

_DONE = WorkDone(outcome="ok")
_CALLER = Caller(number="+49", tenant_id=TenantId("ten_1"), call_id=CallId("call_1"))


async def test_reports_come_while_the_work_runs_and_its_updates_after_them() -> None:
    heard_first = asyncio.Event()

    async def work(report: Report) -> tuple[DelegationUpdate, ...]:
        report("counting", seconds_left=30)
        await heard_first.wait()
        return (_DONE,)

    updates: list[DelegationUpdate] = []
    async with asyncio.timeout(20):
        async for update in with_reports(work):
            updates.append(update)
            heard_first.set()

    assert updates == [Progress(text="counting", seconds_left=30), _DONE]


async def test_a_failure_of_the_work_comes_through_as_itself() -> None:
    async def work(report: Report) -> tuple[DelegationUpdate, ...]:
        report("counting")
        raise BadInput("no such shelf")

    async with aclosing(with_reports(work)) as updates:
        assert await anext(updates) == Progress(text="counting")

        with pytest.raises(BadInput, match="no such shelf"):
            await anext(updates)


async def test_when_nobody_listens_any_more_the_work_stops() -> None:
    stopped = asyncio.Event()

    async def work(report: Report) -> tuple[DelegationUpdate, ...]:
        report("counting")
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()
        return (_DONE,)

    async with asyncio.timeout(20), aclosing(with_reports(work)) as updates:
        assert await anext(updates) == Progress(text="counting")

    assert stopped.is_set()


async def test_it_can_be_closed_after_the_work_has_ended() -> None:
    async def work(report: Report) -> tuple[DelegationUpdate, ...]:
        report("counting")
        return (_DONE,)

    async with asyncio.timeout(20), aclosing(with_reports(work)) as updates:
        assert await anext(updates) == Progress(text="counting")


async def test_work_that_was_cut_off_is_told_and_nobody_waits_for_it() -> None:
    async def work(report: Report) -> tuple[DelegationUpdate, ...]:
        cancelled = asyncio.get_running_loop().create_future()
        cancelled.cancel()
        await cancelled
        return (_DONE,)

    async with asyncio.timeout(20):
        with pytest.raises(UpstreamUnavailable, match="cut off"):
            await anext(with_reports(work))


async def test_of_a_chatty_tool_the_newest_reports_are_kept() -> None:
    async def work(report: Report) -> tuple[DelegationUpdate, ...]:
        for number in range(1000):
            report(f"shelf {number}")
        return (_DONE,)

    updates = [update async for update in with_reports(work)]

    assert len(updates) <= 9
    assert updates[-2:] == [Progress(text="shelf 999"), _DONE]


async def test_a_tool_gets_its_report_from_us_and_nobody_can_name_it_in_the_arguments() -> None:
    told: list[Progress] = []

    @tool(name="stock.count", effect=Effect.READ)
    async def count(item: str, report: Report) -> dict[str, object]:
        report(f"counting {item}\x00", seconds_left=float("inf"))
        return {"found": True}

    audience = Audience(report=Report(told.append))
    outcome = await count.call({"item": "lamps"}, caller=_CALLER, clock=SystemClock(), audience=audience)
    without = await count.call({"item": "lamps"}, caller=_CALLER, clock=SystemClock())
    named = await count.call({"item": "lamps", "report": "x"}, caller=_CALLER, clock=SystemClock())

    assert told == [Progress(text="counting lamps")]
    assert (outcome.status, without.status, named.status) == (ToolStatus.OK, ToolStatus.OK, ToolStatus.ERROR)
    assert count.parameters == {"item"}


def test_progress_comes_through_the_wire_as_it_was() -> None:
    for progress in (Progress(text="counting"), Progress(seconds_left=12.5), Progress()):
        assert decode_update(encode_update(progress)) == progress
