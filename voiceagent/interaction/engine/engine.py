"""Collects the micro-turns of all sessions and advances them in one batched step.

Synchronous and pure of I/O: the worker owns threads and waits. It offers turns as they come, asks `due(now)` when to
step, and
runs `step()` in its executor. A session never has more than a bounded number of turns waiting; older ones are never
reordered.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from voiceagent.core.errors import BadInput, Conflict
from voiceagent.interaction.contract import DuplexModel, MicroTurnIn, MicroTurnOut, SessionContext, SlotId

_QUEUE = 25  # micro-turns (2 s) that may wait for one session before it is refused


@dataclass(slots=True, kw_only=True)
class EngineCounters:
    """What happened since the start; read by metrics."""

    steps: int = 0
    turns: int = 0
    late_turns: int = 0  # answered after their deadline
    refused_turns: int = 0  # bad input or an overflowing queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One session's result. late_s > 0: this much after its deadline (one tick after it came in)."""

    slot: SlotId
    out: MicroTurnOut
    late_s: float


@dataclass(slots=True)
class _Waiting:
    turns: deque[tuple[float, MicroTurnIn]] = field(default_factory=deque)  # (came in at, turn)


class Engine:
    """Owns the queue of each session of one `DuplexModel`. Not thread-safe: one caller at a time."""

    def __init__(self, model: DuplexModel) -> None:
        self.model = model
        self.counters = EngineCounters()
        self._tick_s = model.tick_ms / 1000
        self._waiting: dict[SlotId, _Waiting] = {}

    def open(self, context: SessionContext) -> SlotId:
        """Raises NoCapacity."""
        slot = self.model.open(context)
        self._waiting[slot] = _Waiting()
        return slot

    def close(self, slot: SlotId) -> None:
        """Forget the session and what it still had waiting; harmless when it is not open."""
        if self._waiting.pop(slot, None) is not None:
            self.model.close(slot)

    def offer(self, slot: SlotId, turn: MicroTurnIn, now: float) -> None:
        """Queue a micro-turn. Raises Conflict for a closed session, BadInput when it is too far ahead of the engine."""
        waiting = self._waiting.get(slot)
        if waiting is None:
            raise Conflict(f"slot {slot} is closed")
        if len(waiting.turns) >= _QUEUE:
            self.counters.refused_turns += 1
            raise BadInput(f"slot {slot} has {_QUEUE} micro-turns waiting; send them at the pace of the clock")
        waiting.turns.append((now, turn))

    def ready(self) -> tuple[SlotId, ...]:
        """Sessions with a micro-turn waiting."""
        return tuple(slot for slot, waiting in self._waiting.items() if waiting.turns)

    def due(self, now: float, gather_s: float = 0.005) -> bool:
        """Whether to step now: everybody is there, or the first has waited `gather_s` for the others."""
        ready = self.ready()
        if not ready:
            return False
        return len(ready) == len(self._waiting) or now - self._oldest(ready) >= gather_s

    def step(self, now: float) -> list[Answer]:
        """Advance every ready session by one micro-turn. A session with bad input is refused alone; the others go
        on."""
        batch = {slot: self._waiting[slot].turns.popleft() for slot in self.ready()}
        outs = self._run({slot: turn for slot, (_, turn) in batch.items()})
        self.counters.steps += 1
        answers = []
        for slot, out in outs.items():
            late_s = max(0.0, now - batch[slot][0] - self._tick_s)
            self.counters.turns += 1
            self.counters.late_turns += late_s > 0.0
            answers.append(Answer(slot=slot, out=out, late_s=late_s))
        return answers

    def _run(self, turns: dict[SlotId, MicroTurnIn]) -> dict[SlotId, MicroTurnOut]:
        try:
            return dict(self.model.step(turns))
        except BadInput:
            # the model refused before anything moved: find out who it was by asking one at a time
            outs: dict[SlotId, MicroTurnOut] = {}
            for slot, turn in turns.items():
                try:
                    outs.update(self.model.step({slot: turn}))
                except BadInput:
                    self.counters.refused_turns += 1
            return outs

    def _oldest(self, ready: Iterable[SlotId]) -> float:
        return min(self._waiting[slot].turns[0][0] for slot in ready)
