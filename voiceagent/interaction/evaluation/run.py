"""`python -m voiceagent.interaction.evaluation.run --set DIR [--condition tel] [--json]`: one row per scenario."""

import argparse
import json
import sys
from pathlib import Path

import torch

from voiceagent.conversation.floor import FloorPolicy, FloorThresholds
from voiceagent.conversation.profile import FloorKnobs
from voiceagent.interaction.backends.native import NativeModel
from voiceagent.interaction.engine.engine import Engine
from voiceagent.interaction.evaluation.closed_loop import Played, play
from voiceagent.interaction.evaluation.conditions import CONDITIONS
from voiceagent.interaction.evaluation.scenarios import load_set
from voiceagent.interaction.evaluation.scoring import Report, score
from voiceagent.interaction.model.checkpoint import load, shipped_checkpoint
from voiceagent.interaction.model.network import DuplexNetwork

_SLOTS = 16


def evaluate(
    network: DuplexNetwork,
    folder: Path,
    condition: str,
    knobs: FloorKnobs | None = None,
    thresholds: FloorThresholds | None = None,
) -> tuple[Report, list[Played]]:
    """Play a whole set through engine and floor policy. Raises ConfigError for a set that cannot be read."""
    config = network.config
    engine = Engine(NativeModel(network, _SLOTS))
    results = play(
        engine, load_set(folder), condition, lambda: FloorPolicy(knobs or FloorKnobs(), thresholds), config.turn_samples
    )
    report = Report(
        set_name=str(folder),
        condition=condition,
        model=config.name,
        micro_turn_ms=config.micro_turn_ms,
        scenarios=score(results),
    )
    return report, results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", type=Path, required=True, dest="folder")
    parser.add_argument("--condition", choices=CONDITIONS, default="tel")
    parser.add_argument("--checkpoint", type=Path, default=shipped_checkpoint("tiny"))
    parser.add_argument("--patience", type=float, default=FloorKnobs().patience)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--json", action="store_true", help="the report as one object on the last line, and nothing else"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    knobs = FloorKnobs(patience=arguments.patience)
    report, _ = evaluate(load(arguments.checkpoint), arguments.folder, arguments.condition, knobs)
    if not arguments.json:
        for name, row in report.scenarios.items():
            sys.stdout.write(f"{name}  {json.dumps(row)}\n")
        return
    sys.stdout.write(json.dumps(report.as_json()) + "\n")


if __name__ == "__main__":
    main()
