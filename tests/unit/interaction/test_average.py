from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from voiceagent.core.errors import ConfigError
from voiceagent.interaction.model.checkpoint import load, save
from voiceagent.interaction.model.network import DuplexNetwork
from voiceagent.interaction.presets import preset
from voiceagent.interaction.training.average import average


def test_every_weight_is_the_mean_of_both(tmp_path: Path, network_of: Callable[[str], DuplexNetwork]) -> None:
    one, other = network_of("toy"), DuplexNetwork(preset("toy"))
    save(one, tmp_path / "one.safetensors", {})
    save(other, tmp_path / "other.safetensors", {})

    average(tmp_path / "one.safetensors", tmp_path / "other.safetensors", tmp_path / "mean.safetensors")

    mean = load(tmp_path / "mean.safetensors", "toy").state_dict()
    for name, weights in one.state_dict().items():
        torch.testing.assert_close(mean[name], (weights + other.state_dict()[name]) / 2)


def test_two_presets_have_no_mean(tmp_path: Path, network_of: Callable[[str], DuplexNetwork]) -> None:
    for name in ("toy", "toy-pitch"):
        save(network_of(name), tmp_path / name, {})

    with pytest.raises(ConfigError, match=r"is a toy and .* a toy-pitch: they have no mean"):
        average(tmp_path / "toy", tmp_path / "toy-pitch", tmp_path / "mean")
    assert not (tmp_path / "mean").exists()
