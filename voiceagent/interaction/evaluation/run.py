"""A whole scenario set through engine and floor policy. Behind `voiceagent bench duplex`."""

from pathlib import Path

import torch

from voiceagent.conversation.floor import FloorPolicy, FloorThresholds
from voiceagent.conversation.profile import FloorKnobs
from voiceagent.interaction.backends.native import NativeModel
from voiceagent.interaction.engine.engine import Engine
from voiceagent.interaction.evaluation.closed_loop import Played, play
from voiceagent.interaction.evaluation.scenarios import load_set
from voiceagent.interaction.evaluation.scoring import Report, score
from voiceagent.interaction.model.checkpoint import load
from voiceagent.interaction.model.network import DuplexNetwork

_SLOTS = 16


def load_on_one_thread(checkpoint: Path) -> DuplexNetwork:
    """The network of a checkpoint; torch then uses one thread, as the figures say. Raises ConfigError."""
    torch.set_num_threads(1)
    return load(checkpoint)


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
