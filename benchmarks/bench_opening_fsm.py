"""Random calls through the real talk, and what must never happen in one (T-FSM-1).

python benchmarks/bench_opening_fsm.py --calls 100000
"""

import argparse
import time
from collections import Counter

from voiceagent.testing.random_call import RandomCall

_CONSENT = ("consent.granted", "consent.denied", "consent.withdrawn", "disclosure.played", "transfer.requested")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--first-seed", type=int, default=0)
    options = parser.parse_args()
    began, steps = time.process_time(), 0
    kinds: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    for seed in range(options.first_seed, options.first_seed + options.calls):
        seen = RandomCall(seed).run()
        steps += len(seen.steps)
        kinds.update(seen.kinds)
        broken.update({f"{what} (seed {seed})" for what in seen.broken})
    print(f"{options.calls} calls, {steps} steps, {time.process_time() - began:.0f} s of CPU")
    print("calls with " + ", ".join(f"{kind} {kinds[kind]}" for kind in _CONSENT))
    print(f"broken: {sum(broken.values())}")
    for what, times in broken.most_common(10):
        print(f"  {what}: {times}")
    raise SystemExit(bool(broken))


if __name__ == "__main__":
    main()
