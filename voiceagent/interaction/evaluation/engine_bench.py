"""How many calls one core carries, and what one call holds in memory. Behind `voiceagent bench engine`."""

import resource
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from voiceagent.core.clock import Clock
from voiceagent.interaction.backends.native import NativeModel
from voiceagent.interaction.contract import MicroTurnIn, SessionContext, SlotId

MISS_LIMIT: Final = 0.001  # of micro-turns may be late
_WARM_UP: Final = 5
_MINUTE_S, _LONG_CALL_S = 60, 7200


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTime:
    """Wall times of steps with every slot busy. `missed`: share of them longer than a tick."""

    batch: int
    steps: int
    median_ms: float
    p99_ms: float
    missed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one call holds after it has run for `call_s` simulated seconds."""

    call_s: int
    state_bytes: int
    process_kib: int  # the most that the process ever held


def time_steps(model: NativeModel, clock: Clock, steps: int) -> BatchTime:
    """Step all slots of `model` with noise, `steps` times."""
    slots = [model.open(SessionContext()) for _ in range(model.slots)]
    rng = np.random.default_rng(1)
    took = []
    for _ in range(steps + _WARM_UP):
        turns = _noise(model, slots, rng)
        began_s = clock.monotonic()
        model.step(turns)
        took.append((clock.monotonic() - began_s) * 1000)
    for slot in slots:
        model.close(slot)
    warm = np.array(took[_WARM_UP:])
    return BatchTime(
        batch=model.slots,
        steps=steps,
        median_ms=round(float(np.median(warm)), 2),
        p99_ms=round(float(np.quantile(warm, 0.99)), 2),
        missed=float(np.mean(warm > model.tick_ms)),
    )


def time_batches(
    make: Callable[[int], NativeModel],
    batches: Iterable[int],
    clock: Clock,
    steps: int,
    tell: Callable[[BatchTime], None],
) -> list[BatchTime]:
    """Rising batch sizes, until most steps are late: more calls would only be later."""
    times: list[BatchTime] = []
    for batch in batches:
        model = make(batch)
        times.append(time_steps(model, clock, steps))
        tell(times[-1])
        if times[-1].median_ms > model.tick_ms:
            break
    return times


def hold_a_call(model: NativeModel, lengths_s: Iterable[int] = (_MINUTE_S, _LONG_CALL_S)) -> list[Held]:
    """One call on a virtual clock; what it holds at each length, rising. Raises InternalError for a broken state."""
    slot = model.open(SessionContext())
    rng = np.random.default_rng(1)
    held, done = [], 0
    for call_s in lengths_s:
        for _ in range(done, call_s * 1000 // model.tick_ms):
            model.step(_noise(model, [slot], rng))
        done = call_s * 1000 // model.tick_ms
        model.check_integrity()
        peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        held.append(Held(call_s=call_s, state_bytes=model.bytes_per_session(), process_kib=peak_kib))
    model.close(slot)
    return held


def as_report(preset: str, tick_ms: int, times: list[BatchTime], held: list[Held]) -> dict[str, Any]:
    """The figures of one run, for people and for `--json`."""
    in_time = [time.batch for time in times if time.missed <= MISS_LIMIT]
    return {
        "preset": preset,
        "threads": 1,
        "tick_ms": tick_ms,
        "sessions_per_core": max(in_time, default=0),
        "miss_limit": MISS_LIMIT,
        "batches": [asdict(time) for time in times],
        "memory": [asdict(item) for item in held],
    }


def _noise(model: NativeModel, slots: list[SlotId], rng: np.random.Generator) -> dict[SlotId, MicroTurnIn]:
    pcm = rng.integers(-3000, 3000, (2, model.tick_ms * 16)).astype(np.int16)
    return {slot: MicroTurnIn(caller_pcm=pcm[0], agent_pcm=pcm[1], more_to_say=True) for slot in slots}
