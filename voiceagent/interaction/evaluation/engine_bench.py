"""How many calls one core carries, and what one call holds in memory. Behind `voiceagent bench engine`."""

import resource
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from voiceagent.core.clock import Clock
from voiceagent.interaction.backends.native import NativeModel
from voiceagent.interaction.contract import MicroTurnIn, SessionContext, SlotId
from voiceagent.interaction.evaluation.speech_bench import SpeechCost

MISS_LIMIT: Final = 0.001  # of micro-turns may be late
CALL_LENGTHS_S: Final = {"1min": 60, "2h": 7200}
# With ears and voices beside it the core shall be busy for this share of the time at most: the end of an utterance is
# decoded in one piece, so calls that end theirs together wait for each other.
BUSY_LIMIT: Final = 0.8
_WARM_UP: Final = 5
_TOLD_EVERY_S: Final = 300  # of simulated time


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTime:
    """Wall times of steps with every slot busy. `missed`: share of them longer than a tick.

    cpu_ms, cpu_missed: the same of the CPU time that a step took; on a machine with other work they say what is ours.
    """

    batch: int
    steps: int
    median_ms: float
    p99_ms: float
    missed: float
    cpu_ms: float
    cpu_missed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one call holds after it has run for `call_s` simulated seconds, and the most the process ever held."""

    call_s: int
    state_bytes: int
    process_bytes: int


def time_steps(model: NativeModel, clock: Clock, cpu_s: Callable[[], float], steps: int) -> BatchTime:
    """Step all slots of `model` with noise, `steps` times; `cpu_s` reads the CPU time of this thread."""
    slots = [model.open(SessionContext()) for _ in range(model.slots)]
    rng = np.random.default_rng(1)
    took, worked = [], []
    for _ in range(steps + _WARM_UP):
        turns = _noise(model, slots, rng)
        began_s, idle_s = clock.monotonic(), cpu_s()
        model.step(turns)
        took.append((clock.monotonic() - began_s) * 1000)
        worked.append((cpu_s() - idle_s) * 1000)
    for slot in slots:
        model.close(slot)
    warm, cpu = np.array(took[_WARM_UP:]), np.array(worked[_WARM_UP:])
    return BatchTime(
        batch=model.slots,
        steps=steps,
        median_ms=round(float(np.median(warm)), 2),
        p99_ms=round(float(np.quantile(warm, 0.99)), 2),
        missed=float(np.mean(warm > model.tick_ms)),
        cpu_ms=round(float(np.median(cpu)), 2),
        cpu_missed=float(np.mean(cpu > model.tick_ms)),
    )


def time_batches(
    make: Callable[[int], NativeModel],
    batches: Iterable[int],
    clock: Clock,
    cpu_s: Callable[[], float],
    steps: int,
    tell: Callable[[BatchTime], None],
) -> list[BatchTime]:
    """Rising batch sizes, until most steps are late by their own work: more calls would only be later."""
    times: list[BatchTime] = []
    for batch in batches:
        model = make(batch)
        times.append(time_steps(model, clock, cpu_s, steps))
        tell(times[-1])
        if times[-1].cpu_ms > model.tick_ms:
            break
    return times


def hold_a_call(
    model: NativeModel, lengths_s: Mapping[str, int] = CALL_LENGTHS_S, tell: Callable[[int], None] = lambda _: None
) -> dict[str, Held]:
    """One call on a virtual clock; what it holds at each length, rising. Raises InternalError for a broken state.

    `tell` is told the simulated seconds now and then.
    """
    slot = model.open(SessionContext())
    rng = np.random.default_rng(1)
    held, turns = {}, 0
    for name, call_s in lengths_s.items():
        while turns * model.tick_ms < call_s * 1000:
            model.step(_noise(model, [slot], rng))
            turns += 1
            if turns * model.tick_ms % (_TOLD_EVERY_S * 1000) == 0:
                tell(turns * model.tick_ms // 1000)
        model.check_integrity()
        process_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        held[name] = Held(call_s=call_s, state_bytes=model.bytes_per_session(), process_bytes=process_bytes)
    model.close(slot)
    return held


def as_report(
    preset: str,
    tick_ms: int,
    times: list[BatchTime],
    held: Mapping[str, Held],
    speech: SpeechCost | None,
) -> dict[str, Any]:
    """The figures of one run, for people and for `--json`; what was not measured is absent."""
    in_time = [time for time in times if time.missed <= MISS_LIMIT]
    best = max(in_time, key=lambda time: time.batch, default=None)
    report: dict[str, Any] = {
        "preset": preset,
        "threads": 1,
        "tick_ms": tick_ms,
        "sessions_per_core": best.batch if best else 0,
        "deadline_miss_rate": (best or times[0]).missed,
        "miss_limit": MISS_LIMIT,
        "sessions_per_core_by_cpu_time": max(
            (time.batch for time in times if time.cpu_missed <= MISS_LIMIT), default=0
        ),
        "batches": [asdict(time) for time in times],
    }
    if held:
        report["bytes_per_session"] = {name: item.state_bytes for name, item in held.items()}
        report["process_bytes"] = {name: item.process_bytes for name, item in held.items()}
    if speech:
        report["with_speech"] = {
            "sessions_per_core": sessions_with_speech(tick_ms, times, speech),
            "busy_limit": BUSY_LIMIT,
            **asdict(speech),
        }
    return report


def sessions_with_speech(tick_ms: int, times: list[BatchTime], speech: SpeechCost) -> int:
    """The most calls whose steps, ears and voices leave the core its rest. All by CPU time."""
    sizes, steps_ms = [time.batch for time in times], [time.cpu_ms for time in times]
    most = max((time.batch for time in times if time.cpu_missed <= MISS_LIMIT), default=0)
    for calls in range(most, 0, -1):
        step_share = float(np.interp(calls, sizes, steps_ms)) / tick_ms
        if step_share + calls * speech.share <= BUSY_LIMIT:
            return calls
    return 0


def _noise(model: NativeModel, slots: list[SlotId], rng: np.random.Generator) -> dict[SlotId, MicroTurnIn]:
    """Different sound for everybody, on both streams."""
    samples = model.tick_ms * 16
    sound = rng.integers(-3000, 3000, samples + len(slots) + 1).astype(np.int16)
    return {
        slot: MicroTurnIn(caller_pcm=sound[at : at + samples], agent_pcm=sound[at + 1 :][:samples], more_to_say=True)
        for at, slot in enumerate(slots)
    }
