"""What the one dial makes of a preset, and that streams which are off leave nothing behind."""

import hashlib

import pytest

from voiceagent.interaction.model.network import DuplexNetwork, active_parameter_count, parameter_count
from voiceagent.interaction.presets import PRESETS, ModelConfig, preset

_PHONE = ("toy", "tiny", "small", "base")
# names and shapes of all parameters of `tiny`: checkpoints of any age have these
_TINY_SHAPES = "28db92193e71c68c85abccd29b2c9501baa1b7041b43ae5f46bc6e53b99a5de7"


def test_the_parameters_of_tiny_are_those_that_its_checkpoints_hold() -> None:
    network = DuplexNetwork(preset("tiny"))
    listed = "\n".join(f"{name} {tuple(tensor.shape)}" for name, tensor in network.state_dict().items())

    assert parameter_count(network) == active_parameter_count(network) == 2_953_567
    assert hashlib.sha256(listed.encode()).hexdigest() == _TINY_SHAPES


def test_the_toy_is_small() -> None:
    assert parameter_count(DuplexNetwork(preset("toy"))) < 300_000


@pytest.mark.parametrize("name", _PHONE)
def test_phone_presets_hear_and_decide_and_do_no_more(name: str) -> None:
    config = preset(name)

    assert (config.experts, config.tokens_per_turn, config.video_patches) == (0, 0, 0)
    assert not config.writes
    assert not config.speaks
    assert (config.hop_ms, config.window_ms, config.micro_turn_ms) == (20, 40, 80)


def test_tml_presets_keep_the_times_of_the_published_model() -> None:
    for name in ("tml200", "tml-276b", "toy200"):
        config = preset(name)
        assert (config.hop_samples, config.window_samples, config.turn_samples) == (800, 1600, 3200)
        assert (config.frames_per_turn, config.letters_per_turn) == (4, 5)


@pytest.mark.parametrize("config", PRESETS.values(), ids=PRESETS)
def test_the_dial_gives_whole_heads_and_whole_groups_of_them(config: ModelConfig) -> None:
    assert config.heads * config.head_width == config.width
    assert config.heads % config.kv_heads == 0
    assert config.experts_used <= config.experts
    assert config.micro_turn_ms % config.hop_ms == config.window_ms % config.hop_ms == 0
