"""How many calls one core carries: `python -m voiceagent.interaction.evaluation.engine_bench [--json]`."""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from voiceagent.core.clock import Clock, SystemClock
from voiceagent.interaction.backends.native import NativeModel, load_native
from voiceagent.interaction.contract import MicroTurnIn, SessionContext

_SHARE: Final = 0.6  # of a tick that steps may take: the rest is for speech and the event loop


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTime:
    """Wall time of one step with every slot busy, ms."""

    batch: int
    median_ms: float
    p99_ms: float


def time_step(model: NativeModel, clock: Clock, repeats: int = 100) -> BatchTime:
    """Step all slots of `model` with noise, `repeats` times."""
    slots = [model.open(SessionContext()) for _ in range(model.slots)]
    rng = np.random.default_rng(1)
    samples = model.tick_ms * 16
    took = []
    for _ in range(repeats + 5):
        pcm = rng.integers(-3000, 3000, (2, samples)).astype(np.int16)
        turns = {slot: MicroTurnIn(caller_pcm=pcm[0], agent_pcm=pcm[1], more_to_say=True) for slot in slots}
        begin = clock.monotonic()
        model.step(turns)
        took.append((clock.monotonic() - begin) * 1000)
    for slot in slots:
        model.close(slot)
    warm = np.array(took[5:])
    return BatchTime(
        batch=model.slots,
        median_ms=round(float(np.median(warm)), 2),
        p99_ms=round(float(np.quantile(warm, 0.99)), 2),
    )


def sessions_per_core(times: list[BatchTime], tick_ms: int) -> int:
    """The most sessions whose slowest steps fit into the share of a tick, from a line through the batches measured."""
    batches, slow = [t.batch for t in times], [t.p99_ms for t in times]
    slope, offset = np.polyfit(batches, slow, 1)
    return max(0, int((tick_ms * _SHARE - offset) / max(slope, 1e-6)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="tiny")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    times, memory, tick_ms = [], 0, 80
    for batch in (1, 8, 32):
        model = load_native(arguments.preset, slots=batch, threads=arguments.threads)
        times.append(time_step(model, SystemClock()))
        memory, tick_ms = model.bytes_per_session(), model.tick_ms
    report = {
        "preset": arguments.preset,
        "threads": arguments.threads,
        "sessions_per_core": sessions_per_core(times, tick_ms) // arguments.threads,
        "batches": [asdict(time) for time in times],
        "bytes_per_session": {"1min": memory, "2h": memory},
    }
    sys.stdout.write(json.dumps(report, indent=None if arguments.json else 2) + "\n")


if __name__ == "__main__":
    main()
