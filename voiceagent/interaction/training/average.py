"""Averages two checkpoints of one lineage (model soups, arXiv 2203.05482).

Between a run and the run it started from lies a model that keeps the strengths of both:
`python -m voiceagent.interaction.training.average FIRST SECOND OUT`.
"""

import argparse
from pathlib import Path

from voiceagent.interaction.model.checkpoint import load, save


def average(first: Path, second: Path, target: Path, share: float = 0.5) -> None:
    """Write `target`: (1 - share) of `first` and `share` of `second`. Raises ConfigError when their presets differ."""
    network = load(first)
    other = load(second, network.config.name).state_dict()
    network.load_state_dict({name: value.lerp(other[name], share) for name, value in network.state_dict().items()})
    save(network, target, {"made_from": f"{1 - share:.2f} {first.name} + {share:.2f} {second.name}"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--share", type=float, default=0.5)
    arguments = parser.parse_args()
    average(arguments.first, arguments.second, arguments.target, arguments.share)


if __name__ == "__main__":
    main()
