"""The scheduler: who shares a step, who is refused, who is late, and that nobody else notices."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
import structlog

from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.core.errors import BadInput, InternalError, NoCapacity
from voiceagent.interaction.contract import MicroTurnIn, SessionContext
from voiceagent.testing.clock import ManualClock
from voiceagent.testing.floors import floor
from voiceagent.testing.scripted_model import ScriptedModel
from voiceagent.worker.scheduler import TurnScheduler

_GOOD = np.zeros(1280, dtype=np.int16)


def turn(pcm: np.ndarray = _GOOD) -> MicroTurnIn:
    return MicroTurnIn(caller_pcm=pcm, agent_pcm=_GOOD)


_BAD = turn(np.zeros(7, dtype=np.int16))


def counting(number: int, _turn: MicroTurnIn) -> FloorProbabilities:
    """A view that tells which turn of its session it belongs to."""
    return floor(speak=number / 100)


class SteppingClock(ManualClock):
    """Every look at it takes a while."""

    def __init__(self, step_s: float) -> None:
        super().__init__()
        self._step_s = step_s

    def monotonic(self) -> float:
        self.advance(self._step_s)
        return super().monotonic()


@asynccontextmanager
async def running(model: ScriptedModel, clock: ManualClock | None = None) -> AsyncIterator[TurnScheduler]:
    scheduler = TurnScheduler(model, clock or ManualClock())
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        task = tasks.create_task(scheduler.run())
        try:
            yield scheduler
        finally:
            task.cancel()


async def gathered(scheduler: TurnScheduler, model: ScriptedModel, *turns: tuple) -> list:
    """Answers to turns that are all ready before the next step: (slot, turn) each, or the error."""
    model.gate.clear()
    blocker = await scheduler.open(SessionContext())
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(scheduler.turn(blocker, turn()))
        while not scheduler._wake.is_set():
            await asyncio.sleep(0)
        while scheduler._ready:  # the blocker's step has begun and waits at the gate
            await asyncio.sleep(0)
        waiting = [tasks.create_task(_outcome(scheduler, slot, what)) for slot, what in turns]
        await asyncio.sleep(0)
        model.gate.set()
    await first
    await scheduler.close(blocker)
    return [task.result() for task in waiting]


async def _outcome(scheduler: TurnScheduler, slot: int, what: MicroTurnIn) -> object:
    try:
        return (await scheduler.turn(slot, what)).floor.speak
    except (BadInput, InternalError) as error:
        return error


async def test_sessions_that_are_ready_share_a_step():
    model = ScriptedModel(counting)
    async with running(model) as scheduler:
        slots = [await scheduler.open(SessionContext()) for _ in range(3)]
        outcomes = await gathered(scheduler, model, *[(slot, turn()) for slot in slots])

        assert outcomes == [0.0, 0.0, 0.0]
        assert model.batches == [(3,), (0, 1, 2)]
        assert (scheduler.counters.steps, scheduler.counters.turns) == (2, 4)


async def test_two_turns_of_one_session_take_two_steps_in_order():
    model = ScriptedModel(counting)
    async with running(model) as scheduler:
        a, b = [await scheduler.open(SessionContext()) for _ in range(2)]
        outcomes = await gathered(scheduler, model, (a, turn()), (a, turn()), (b, turn()))

        assert outcomes == [0.0, 0.01, 0.0]
        assert model.batches[1:] == [(a, b), (a,)]


async def test_one_bad_turn_is_refused_and_touches_nobody_else():
    model = ScriptedModel(counting)
    async with running(model) as scheduler:
        a, b, c = [await scheduler.open(SessionContext()) for _ in range(3)]
        outcomes = await gathered(scheduler, model, (a, turn()), (b, _BAD), (c, turn()))

        assert (outcomes[0], outcomes[2]) == (0.0, 0.0)
        assert isinstance(outcomes[1], BadInput)
        assert scheduler.counters.rejected == 1
        assert (await scheduler.turn(b, turn())).floor.speak == 0.0  # its state did not move
        assert (await scheduler.turn(a, turn())).floor.speak == 0.01


async def test_a_model_that_breaks_fails_that_batch_and_serves_the_next():
    model = ScriptedModel(counting)
    async with running(model) as scheduler:
        slot = await scheduler.open(SessionContext())
        model.fail = RuntimeError("out of memory")
        with structlog.testing.capture_logs() as logs, pytest.raises(InternalError, match="RuntimeError"):
            await scheduler.turn(slot, turn())
        model.fail = None

        assert (await scheduler.turn(slot, turn())).floor.speak == 0.0
        assert scheduler.counters.failed == 1
        assert [entry["event"] for entry in logs] == ["model step failed"]


async def test_an_answer_later_than_a_tick_is_counted():
    async with running(ScriptedModel(), SteppingClock(0.03)) as scheduler:
        slot = await scheduler.open(SessionContext())
        await scheduler.turn(slot, turn())
        assert scheduler.counters.missed == 0  # in at 0.03, out at 0.09: 60 ms

    async with running(ScriptedModel(), SteppingClock(0.05)) as scheduler:
        slot = await scheduler.open(SessionContext())
        await scheduler.turn(slot, turn())
        assert scheduler.counters.missed == 1
        assert scheduler.counters.busy_s == pytest.approx(0.05)


async def test_slots_run_out_and_come_back():
    model = ScriptedModel(slots=2)
    async with running(model) as scheduler:
        first = await scheduler.open(SessionContext())
        await scheduler.open(SessionContext())
        with pytest.raises(NoCapacity):
            await scheduler.open(SessionContext())
        await scheduler.close(first)

        assert await scheduler.open(SessionContext()) == first


async def in_a_step(scheduler: TurnScheduler) -> None:
    """Wait until what was ready is being computed."""
    await asyncio.sleep(0)
    while scheduler._ready:
        await asyncio.sleep(0)


async def test_a_session_that_goes_away_while_it_waits_holds_up_nobody():
    model = ScriptedModel(counting)
    async with running(model) as scheduler:
        a, b = [await scheduler.open(SessionContext()) for _ in range(2)]
        model.gate.clear()
        async with asyncio.TaskGroup() as tasks:
            computed = tasks.create_task(scheduler.turn(a, turn()))
            await in_a_step(scheduler)
            queued = tasks.create_task(scheduler.turn(a, turn()))
            staying = tasks.create_task(scheduler.turn(b, turn()))
            await asyncio.sleep(0)
            computed.cancel()
            queued.cancel()
            model.gate.set()
        await scheduler.close(a)

        assert computed.cancelled()
        assert queued.cancelled()
        assert staying.result().floor.speak == 0.0
        assert model.batches == [(a,), (b,)]
        assert model.open_slots == 1


async def test_a_turn_of_a_call_that_ended_meanwhile_is_not_given_to_the_next_call_in_its_slot():
    model = ScriptedModel(counting)
    async with running(model) as scheduler:
        bad, old = [await scheduler.open(SessionContext()) for _ in range(2)]
        model.gate.clear()
        async with asyncio.TaskGroup() as tasks:
            blocker = tasks.create_task(scheduler.turn(bad, turn()))
            await in_a_step(scheduler)
            refused = tasks.create_task(_outcome(scheduler, bad, _BAD))
            leaving = tasks.create_task(scheduler.turn(old, turn()))
            await asyncio.sleep(0)
            model.gate.set()
            await blocker
            while len(model.refused) < 1:  # the batch of both was refused and is being taken apart
                await asyncio.sleep(0)
            leaving.cancel()
            await scheduler.close(old)
            new = await scheduler.open(SessionContext())

        assert isinstance(refused.result(), BadInput)
        assert new == old
        assert (await scheduler.turn(new, turn())).floor.speak == 0.0  # the new call begins at its own turn 0


async def test_stopping_leaves_no_thread_and_no_task():
    before = asyncio.all_tasks()
    async with running(ScriptedModel()) as scheduler:
        slot = await scheduler.open(SessionContext())
        await scheduler.turn(slot, turn())

    assert asyncio.all_tasks() == before
    assert all(not thread.is_alive() for thread in scheduler._thread._threads)
