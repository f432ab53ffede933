"""Moves the floor head's biases so that the floor policy's thresholds mean what they say.

Loss weights shift probabilities; this shifts them back: `python -m voiceagent.interaction.training.calibrate IN OUT
--speak -0.44 --yield -0.54` (logits, found on a made scenario set).
"""

import argparse
from pathlib import Path

import torch

from voiceagent.interaction.model.checkpoint import load, save
from voiceagent.interaction.model.heads import FloorAct


def calibrate(source: Path, target: Path, shifts: dict[FloorAct, float]) -> None:
    """Write `target`: `source` with `shifts` (logits) added to its acts' biases."""
    network = load(source)
    with torch.no_grad():
        for act, shift in shifts.items():
            network.heads.floor.bias[act] += shift
    facts = {f"shift_{act.name.lower()}": f"{shift:+.2f}" for act, shift in shifts.items()}
    save(network, target, {"made_from": source.name, **facts})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--speak", type=float, default=0.0)
    parser.add_argument("--yield", type=float, default=0.0, dest="yield_")
    arguments = parser.parse_args()
    shifts = {FloorAct.SPEAK: arguments.speak, FloorAct.YIELD: arguments.yield_}
    calibrate(arguments.source, arguments.target, shifts)


if __name__ == "__main__":
    main()
