"""What users would pick instead, on the same audio: our model in its closed loop, the peers by their decisions.

    make bench-peers                 # the made sets
    make bench-peers SET=DIR         # or another set (format: docs/scenario-sets.md)

Prints one object of the form of `voiceagent bench duplex --json` for each, then a table with every n. `--out` adds the
objects to a file that `benchmarks/bench_pareto.py` draws from.
"""

import argparse
import json
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from voiceagent.audio.wav import encode_wav
from voiceagent.interaction.evaluation.closed_loop import heard_from
from voiceagent.interaction.evaluation.conditions import CONDITIONS
from voiceagent.interaction.evaluation.decisions import as_heard, read_decisions
from voiceagent.interaction.evaluation.played import Played
from voiceagent.interaction.evaluation.report import Report, side_by_side
from voiceagent.interaction.evaluation.run import evaluate, load_on_one_thread
from voiceagent.interaction.evaluation.scenarios import ScenarioItem, load_set
from voiceagent.interaction.model.checkpoint import shipped_checkpoint

LISTEN = Path(__file__).parent / "listen.py"


def export(items: list[ScenarioItem], condition: str, folder: Path) -> list[int]:
    """Write what arrives of every caller, exactly as our model hears it, and return the lengths in samples."""
    lengths = []
    for number, item in enumerate(items):
        pcm = heard_from(item, condition)
        settled_by = folder / ("stop" if item.agent_speaks else "take")
        settled_by.mkdir(exist_ok=True)
        (settled_by / f"{number:05d}.wav").write_bytes(encode_wav(pcm))
        lengths.append(len(pcm))
    return lengths


def judged(folder: Path, key: str, items: list[ScenarioItem], lengths: list[int]) -> list[Played]:
    """What callers would have heard of one peer."""
    made = read_decisions(folder / f"{key}.json")
    return [as_heard(item, made[f"{number:05d}"], lengths[number]) for number, item in enumerate(items)]


def compare(options: argparse.Namespace, folder: Path) -> tuple[list[Report], list[str]]:
    """Our report and those of the peers, and what each peer costs. They listen while our model does."""
    items = load_set(options.folder)
    lengths = export(items, options.condition, folder)
    command = [options.python, LISTEN, folder, *([str(options.processes)] if options.processes else [])]
    with subprocess.Popen(command) as listening:  # noqa: S603 - our own script in its own environment
        ours, _ = evaluate(load_on_one_thread(shipped_checkpoint()), options.folder, options.condition)
        if listening.wait() != 0:
            raise SystemExit("the peers did not finish; see above")
    reports, costs = [replace(ours, set_name=options.name, model=f"voiceagent {ours.model}")], []
    for key, peer in json.loads((folder / "peers.json").read_text()).items():
        plays = judged(folder, key, items, lengths)
        name, frame_ms = peer["name"], peer["frame_ms"]
        about = {"set_name": options.name, "condition": options.condition, "model": name}
        reports.append(Report.of(plays, micro_turn_ms=frame_ms, **about))
        costs.append(f"{name}: {peer['cpu_s_per_s']} CPU seconds per second of one call")
    return reports, costs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, required=True, dest="folder")
    parser.add_argument("--name", default="made", help="what the set is called in the results")
    parser.add_argument("--condition", choices=CONDITIONS, default="tel")
    parser.add_argument("--python", type=Path, default=Path(".venv-peers/bin/python"))
    parser.add_argument("--processes", type=int, help="that listen; as many as there are cores when left out")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        reports, costs = compare(options, Path(folder))
    for report in reports:
        print(json.dumps(report.as_json()))
    print(side_by_side({report.model: report for report in reports}))
    print("\n".join(costs))
    if options.out:
        held = json.loads(options.out.read_text()) if options.out.exists() else {}
        held[f"{options.name}, {options.condition}"] = [report.as_json() for report in reports[1:]]
        options.out.write_text(json.dumps(held, indent=1) + "\n")


if __name__ == "__main__":
    main()
