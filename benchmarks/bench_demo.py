"""Run `voiceagent demo` several times in a row and print what the caller's side measured, as one table.

    python benchmarks/bench_demo.py --runs 10

Latencies are measured on the RTP audio that the caller heard. Exit code 1 when any run did not do all it shall.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from typing import Any


def main() -> int:
    """Run, print one row a run, then the totals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    print(f"machine: {os.cpu_count()} cores, {platform.machine()}; commit {_commit()}")
    print("| run | passed | ended | response latency ms | barge-in stop ms | backchannels survived |")
    print("|---|---|---|---|---|---|")
    responses: list[int] = []
    stops: list[int] = []
    failed = 0
    for number in range(1, runs + 1):
        code, seen = _demo()
        failed += code != 0
        responses += seen.get("response_latency_ms", [])
        stops += seen.get("barge_in_stop_ms", [])
        ended = seen.get("ended", {})
        print(
            f"| {number} | {'yes' if code == 0 else 'NO'} | {ended.get('result')}: {ended.get('reason')} "
            f"| {seen.get('response_latency_ms')} | {seen.get('barge_in_stop_ms')} "
            f"| {seen.get('backchannels_survived')} |",
            flush=True,
        )
    print(f"\npassed {runs - failed} of {runs}; {_summary('response latency', responses)}; {_summary('stop', stops)}")
    return 1 if failed else 0


def _demo() -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "voiceagent", "demo", "--json"], capture_output=True, text=True, check=False, timeout=300
    )
    lines = done.stdout.strip().splitlines()
    seen: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    if done.returncode:
        print(done.stderr[-2000:], file=sys.stderr)
    return done.returncode, seen


def _summary(what: str, values: list[int]) -> str:
    if not values:
        return f"{what}: nothing measured"
    return f"{what} median {statistics.median(values):.0f} ms, worst {max(values)} ms (n={len(values)})"


def _commit() -> str:
    return subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
