"""One thread for all; random inputs for networks of any preset."""

from collections.abc import Callable, Iterator

import pytest
import torch

from voiceagent.interaction.model.network import DuplexNetwork, Inputs
from voiceagent.interaction.presets import LEVELS, MAX_WORDS_PER_TURN, MEL_CHANNELS, ModelConfig, preset


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
def random_inputs() -> Callable[..., Inputs]:
    """(config, rows, turns, seed) to inputs."""
    return _random_inputs


def _random_inputs(config: ModelConfig, rows: int, turns: int, seed: int = 2) -> Inputs:
    dice = torch.Generator().manual_seed(seed)
    shape = (rows, turns, config.frames_per_turn, MEL_CHANNELS)
    caller, agent = (torch.randint(0, LEVELS, shape, dtype=torch.uint8, generator=dice) for _ in range(2))
    words = torch.randint(0, MAX_WORDS_PER_TURN + 1, (rows, turns, 1), dtype=torch.uint8, generator=dice)
    flags = torch.randint(0, 2, (rows, turns, 2), dtype=torch.uint8, generator=dice)
    return Inputs(caller=caller, agent=agent, features=torch.cat([words, flags], dim=-1))
