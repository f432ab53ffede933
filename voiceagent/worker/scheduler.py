"""Batches micro-turns: all sessions that have one ready share the next step of the model.

The model runs in one thread of its own. While a step runs, the next batch gathers; a session that is late misses a
step and holds nobody up. Every step is timed against the tick: `missed` counts turns answered later than one tick.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import structlog

from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput, InternalError, VoiceagentError
from voiceagent.interaction.contract import DuplexModel, MicroTurnIn, MicroTurnOut, SessionContext, SlotId

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")


@dataclass(slots=True)
class SchedulerCounters:
    """What the metrics page shows."""

    turns: int = 0
    steps: int = 0
    missed: int = 0
    rejected: int = 0
    failed: int = 0
    busy_s: float = 0.0


@dataclass(slots=True)
class _Ready:
    slot: SlotId
    turn: MicroTurnIn
    since_s: float
    answer: asyncio.Future[MicroTurnOut]


class TurnScheduler:
    """Owns the model and its thread."""

    def __init__(self, model: DuplexModel, clock: Clock) -> None:
        self._model = model
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine")
        self._ready: list[_Ready] = []
        self._wake = asyncio.Event()
        self.counters = SchedulerCounters()

    @property
    def tick_ms(self) -> int:
        return self._model.tick_ms

    @property
    def slots(self) -> int:
        return self._model.slots

    async def open(self, context: SessionContext) -> SlotId:
        """Claim a slot. Raises NoCapacity."""
        return await self._in_thread(lambda: self._model.open(context))

    async def close(self, slot: SlotId) -> None:
        await self._in_thread(lambda: self._model.close(slot))

    async def turn(self, slot: SlotId, turn: MicroTurnIn) -> MicroTurnOut:
        """One micro-turn of one session, answered with the batch it falls into. Raises BadInput, or InternalError."""
        answer: asyncio.Future[MicroTurnOut] = asyncio.get_running_loop().create_future()
        self._ready.append(_Ready(slot, turn, self._clock.monotonic(), answer))
        self._wake.set()
        return await answer

    async def run(self) -> None:
        """The step loop; runs until cancelled."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while batch := self._next_batch():
                    await self._step(batch)
        finally:
            self._thread.shutdown(wait=True)

    def _next_batch(self) -> dict[SlotId, _Ready]:
        """At most one turn per slot; a second one of the same slot waits for the next step."""
        batch: dict[SlotId, _Ready] = {}
        rest: list[_Ready] = []
        for item in self._ready:
            if item.answer.cancelled():
                continue
            if item.slot in batch:
                rest.append(item)
            else:
                batch[item.slot] = item
        self._ready = rest
        return batch

    async def _step(self, batch: dict[SlotId, _Ready]) -> None:
        turns = {slot: item.turn for slot, item in batch.items()}
        began = self._clock.monotonic()
        try:
            outs = await self._in_thread(lambda: self._model.step(turns))
        except BadInput as error:
            if len(batch) == 1:
                self.counters.rejected += 1
                self._refuse(batch, error)
                return
            await self._step_one_by_one(batch)
            return
        except Exception as error:  # noqa: BLE001 - these calls are lost, but the engine goes on for the others
            self.counters.failed += len(batch)
            _log.error("model step failed", turns=len(batch), exc_info=error)
            self._refuse(batch, InternalError(f"the model failed: {type(error).__name__}"))
            return
        now = self._clock.monotonic()
        self.counters.steps += 1
        self.counters.turns += len(batch)
        self.counters.busy_s += now - began
        for slot, item in batch.items():
            self.counters.missed += (now - item.since_s) * 1000 > self._model.tick_ms
            if not item.answer.done():
                item.answer.set_result(outs[slot])

    async def _step_one_by_one(self, batch: dict[SlotId, _Ready]) -> None:
        """A turn of this batch was refused: find whose, serve the others."""
        for slot, item in batch.items():
            if not item.answer.done():  # meanwhile its call may have ended and its slot may be another's
                await self._step({slot: item})

    def _refuse(self, batch: dict[SlotId, _Ready], error: VoiceagentError) -> None:
        for item in batch.values():
            if not item.answer.done():
                item.answer.set_exception(error)

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
