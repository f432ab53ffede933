"""What is done to a checkpoint after training: calibration."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from voiceagent.interaction.model.checkpoint import load, save
from voiceagent.interaction.model.heads import FloorAct
from voiceagent.interaction.model.network import DuplexNetwork, Inputs
from voiceagent.interaction.training.calibrate import calibrate


def test_calibration_moves_one_act_against_the_others(
    tmp_path: Path, toy: DuplexNetwork, random_inputs: Callable[..., Inputs]
) -> None:
    save(toy, tmp_path / "a.safetensors", {})
    calibrate(tmp_path / "a.safetensors", tmp_path / "b.safetensors", {FloorAct.YIELD: 1.0})
    inputs = random_inputs(toy.config, rows=1, turns=6)
    inputs.features[..., 1] = 1  # the agent speaks
    with torch.inference_mode():
        before, after = (network(inputs).floor for network in (toy, load(tmp_path / "b.safetensors", "toy")))

    shift = (after - before)[..., FloorAct.YIELD] - (after - before)[..., FloorAct.LISTEN]
    assert shift.mean().item() == pytest.approx(1.0, abs=1e-4)
