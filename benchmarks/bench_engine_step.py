"""Time of one batched micro-turn of the native model on one thread, by how many calls share it.

python benchmarks/bench_engine_step.py
"""

import os
import platform
import statistics
import time

import numpy as np

from voiceagent.interaction.backends.native import load_native
from voiceagent.interaction.contract import MicroTurnIn, SessionContext

_STEPS = 120


def main() -> None:
    """Print a row a batch size: median and worst step, and calls per core that fit into a tick at the median."""
    print(f"machine: {os.cpu_count()} cores, {platform.machine()}")
    print("| calls in a batch | median ms | p99 ms | calls a core at the median |")
    print("|---|---|---|---|")
    rng = np.random.default_rng(0)
    for batch in (1, 8, 32, 64):
        model = load_native("tiny", slots=batch, threads=1)
        slots = [model.open(SessionContext()) for _ in range(batch)]
        samples = model.tick_ms * 16
        times = []
        for _ in range(_STEPS):
            turns = {
                slot: MicroTurnIn(
                    caller_pcm=rng.integers(-3000, 3000, samples).astype(np.int16),
                    agent_pcm=np.zeros(samples, np.int16),
                )
                for slot in slots
            }
            began = time.perf_counter()  # noqa: TID251 - a benchmark reads the clock
            model.step(turns)
            times.append((time.perf_counter() - began) * 1000)  # noqa: TID251
        median, p99 = statistics.median(times), sorted(times)[int(_STEPS * 0.99)]
        print(f"| {batch} | {median:.2f} | {p99:.2f} | {batch * model.tick_ms / median:.0f} |")


if __name__ == "__main__":
    main()
