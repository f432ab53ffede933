"""The mean of two checkpoints, one of which was trained on from the other: `python -m
voiceagent.interaction.training.average A B OUT`.

What the second run learnt and what it forgot are both halved; on people that has been better than either (runs/LOG.md).
Weights that were never one network have no useful mean.
"""

import argparse
from pathlib import Path

import torch

from voiceagent.core.errors import ConfigError
from voiceagent.interaction.model.checkpoint import load, save


def average(first: Path, second: Path, target: Path) -> None:
    """Write `target`. Raises ConfigError for checkpoints of two presets."""
    one, other = load(first), load(second)
    if one.config != other.config:
        raise ConfigError(f"{first} is a {one.config.name} and {second} a {other.config.name}: they have no mean")
    with torch.no_grad():
        for ours, theirs in zip(one.parameters(), other.parameters(), strict=True):
            ours.add_(theirs).mul_(0.5)
    save(one, target, {"made_from": f"{first} and {second}"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("first", "second", "target"):
        parser.add_argument(name, type=Path)
    arguments = parser.parse_args()
    average(arguments.first, arguments.second, arguments.target)


if __name__ == "__main__":
    main()
