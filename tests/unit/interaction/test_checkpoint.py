from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from voiceagent.core.errors import ConfigError
from voiceagent.interaction.model.checkpoint import load, read_config, save, shipped_checkpoint
from voiceagent.interaction.model.network import DuplexNetwork, Inputs
from voiceagent.interaction.presets import preset


def test_a_saved_network_comes_back_the_same(
    tmp_path: Path, toy: DuplexNetwork, random_inputs: Callable[..., Inputs]
) -> None:
    save(toy, tmp_path / "toy.safetensors", {"step": "3"})
    inputs = random_inputs(toy.config, rows=1, turns=5)

    assert torch.equal(load(tmp_path / "toy.safetensors", "toy")(inputs).projection, toy(inputs).projection)


def test_a_checkpoint_refuses_a_preset_that_it_was_not_made_for(tmp_path: Path, toy: DuplexNetwork) -> None:
    save(toy, tmp_path / "toy.safetensors", {})

    with pytest.raises(ConfigError, match=r"made for preset 'toy', not for 'tiny': .*depth is 2 and not 6"):
        load(tmp_path / "toy.safetensors", "tiny")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("toy200", "hop_ms is 20 and not 50"),
        ("toy-moe", "experts is 0 and not 8"),
        ("toy-pitch", "hears_pitch is False and not True"),
        ("toy-text", "tokens_per_turn is 0 and not 6"),
        ("toy-video", "video_patches is 0 and not 1"),
        ("toy-speech", "speaks is False and not True"),
    ],
)
def test_a_checkpoint_without_a_stream_is_not_taken_for_one_with_it(
    tmp_path: Path, toy: DuplexNetwork, name: str, reason: str
) -> None:
    save(toy, tmp_path / "toy.safetensors", {})

    with pytest.raises(ConfigError, match=f"made for preset 'toy', not for '{name}': .*{reason}"):
        load(tmp_path / "toy.safetensors", name)


def test_a_preset_without_shipped_weights_says_so() -> None:
    with pytest.raises(ConfigError, match=r"no checkpoint of preset 'small' is shipped: set `worker.checkpoint`"):
        shipped_checkpoint("small")


@pytest.mark.parametrize("name", ["toy-moe", "toy-speech"])
def test_what_a_network_has_learnt_comes_back_with_every_mechanism(
    tmp_path: Path, name: str, network_of: Callable[[str], DuplexNetwork]
) -> None:
    network = network_of(name)
    save(network, tmp_path / "held.safetensors", {})
    again = load(tmp_path / "held.safetensors", name).state_dict()

    assert all(torch.equal(again[key], tensor) for key, tensor in network.state_dict().items())


def test_a_checkpoint_of_a_network_with_other_parts_is_refused(tmp_path: Path, toy: DuplexNetwork) -> None:
    toy.heads.projection = torch.nn.Linear(toy.config.width, 7)
    save(toy, tmp_path / "toy.safetensors", {})

    with pytest.raises(ConfigError, match=r"another version of the network 'toy', .* heads.projection.weight"):
        load(tmp_path / "toy.safetensors", "toy")


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"not weights")

    with pytest.raises(ConfigError, match="is not a voiceagent checkpoint"):
        load(tmp_path / "x.safetensors")


def test_an_unknown_preset_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(ConfigError, match="toy, tiny"):
        preset("huge")


def test_the_shipped_checkpoint_is_small_and_for_its_preset() -> None:
    path = shipped_checkpoint("tiny")

    assert path.stat().st_size < 20_000_000
    assert read_config(path) == preset("tiny")
