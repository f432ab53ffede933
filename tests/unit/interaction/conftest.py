"""One thread for all; random inputs for networks of any preset."""

from collections.abc import Callable, Iterator

import pytest
import torch

from voiceagent.interaction.model.network import DuplexNetwork, Inputs
from voiceagent.interaction.presets import (
    LEVELS,
    MAX_WORDS_PER_TURN,
    MEL_CHANNELS,
    PITCH_CHANNELS,
    ModelConfig,
    TokenRole,
    preset,
)


@pytest.fixture(autouse=True, scope="package")  # before any module's own fixtures
def one_thread() -> Iterator[None]:
    """Small matrices give the same results on every machine, and tests do not fight for cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def toy() -> DuplexNetwork:
    torch.manual_seed(1)
    return DuplexNetwork(preset("toy")).eval()


@pytest.fixture
def network_of() -> Callable[[str], DuplexNetwork]:
    """The network of a preset, always with the same weights."""

    def made(name: str) -> DuplexNetwork:
        torch.manual_seed(1)
        return DuplexNetwork(preset(name)).eval()

    return made


@pytest.fixture
def random_inputs() -> Callable[..., Inputs]:
    """(config, rows, turns, seed) to inputs."""
    return _random_inputs


def _random_inputs(config: ModelConfig, rows: int, turns: int, seed: int = 2) -> Inputs:
    dice = torch.Generator().manual_seed(seed)

    def levels(channels: int) -> torch.Tensor:
        shape = (rows, turns, config.frames_per_turn, channels)
        return torch.randint(0, LEVELS, shape, dtype=torch.uint8, generator=dice)

    heard = {"caller": levels(MEL_CHANNELS), "agent": levels(MEL_CHANNELS)}
    if config.hears_pitch:
        heard["pitch"] = levels(PITCH_CHANNELS)
    words = torch.randint(0, MAX_WORDS_PER_TURN + 1, (rows, turns, 1), dtype=torch.uint8, generator=dice)
    flags = torch.randint(0, 2, (rows, turns, 2), dtype=torch.uint8, generator=dice)
    optional = {**_random_text(config, rows, turns, dice), **_random_video(config, rows, turns, dice)}
    return Inputs(**heard, features=torch.cat([words, flags], dim=-1), **optional)


def _random_text(config: ModelConfig, rows: int, turns: int, dice: torch.Generator) -> dict[str, torch.Tensor]:
    """A third of the places empty."""
    shape = (rows, turns, config.tokens_per_turn)
    if not config.tokens_per_turn:
        return {}
    tokens = torch.randint(-128, 257, shape, generator=dice).clamp(min=0)
    return {"tokens": tokens, "roles": torch.randint(0, len(TokenRole), shape, generator=dice)}


def _random_video(config: ModelConfig, rows: int, turns: int, dice: torch.Generator) -> dict[str, torch.Tensor]:
    """A frame in half of the micro-turns."""
    if not config.video_patches:
        return {}
    shape = (rows, turns, config.video_side, config.video_side, 3)
    video = torch.randint(0, 256, shape, dtype=torch.uint8, generator=dice)
    return {"video": video, "seen": torch.rand(rows, turns, generator=dice) < 0.5}
