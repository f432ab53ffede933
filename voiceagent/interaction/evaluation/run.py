"""A whole scenario set through engine and floor policy. Behind `voiceagent bench duplex`."""

from pathlib import Path

import torch

from voiceagent.conversation.floor import FloorPolicy, FloorThresholds
from voiceagent.conversation.profile import FloorKnobs
from voiceagent.interaction.backends.native import NativeModel
from voiceagent.interaction.engine.engine import Engine
from voiceagent.interaction.evaluation.closed_loop import play
from voiceagent.interaction.evaluation.played import Played
from voiceagent.interaction.evaluation.report import Report
from voiceagent.interaction.evaluation.scenarios import load_set
from voiceagent.interaction.model.checkpoint import load
from voiceagent.interaction.model.network import DuplexNetwork

_SLOTS = 64  # calls at a time; most of a step is arithmetic, so more would only wait for the longest


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
    items = load_set(folder)
    engine = Engine(NativeModel(network, min(_SLOTS, max(1, len(items)))))
    results = play(
        engine, items, condition, lambda: FloorPolicy(knobs or FloorKnobs(), thresholds), config.turn_samples
    )
    report = Report.of(
        results,
        set_name=str(folder),
        condition=condition,
        model=config.name,
        micro_turn_ms=config.micro_turn_ms,
    )
    return report, results
