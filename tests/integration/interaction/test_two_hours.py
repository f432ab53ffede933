"""A call of two hours, every micro-turn of it: the state stays whole and takes no more memory than at the start."""

import resource

import pytest
import torch

from voiceagent.interaction.model.network import DuplexNetwork, Inputs
from voiceagent.interaction.model.state import StreamState
from voiceagent.interaction.presets import LEVELS, MEL_CHANNELS, preset

_HOP = 32  # many at a time, so that it takes seconds
_TEN_MINUTES = 7_520  # micro-turns, whole hops
_LEEWAY_KIB = 16_384  # allocators keep a little; a call that kept its keys would take 45 MB


@pytest.mark.timeout(300)
def test_two_hours_leave_the_rings_whole_and_memory_flat() -> None:
    torch.manual_seed(1)
    network = DuplexNetwork(preset("toy")).eval()
    state = StreamState(network.config, 1, longest_hop=_HOP)
    row, executing, dice = torch.tensor([0]), torch.tensor([True]), torch.Generator().manual_seed(2)

    def levels() -> torch.Tensor:
        shape = (1, _HOP, network.config.frames_per_turn, MEL_CHANNELS)
        return torch.randint(0, LEVELS, shape, dtype=torch.uint8, generator=dice)

    held_bytes, peaks_kib = [], []
    with torch.inference_mode():
        for part in range(12):
            for _ in range(_TEN_MINUTES // _HOP):
                inputs = Inputs(
                    caller=levels(),
                    agent=levels(),
                    features=torch.full((1, _HOP, 3), part % 2, dtype=torch.uint8),
                )
                outputs = network.step(inputs, state, row, executing)
            state.check_integrity()
            held_bytes.append(state.bytes_per_row())
            peaks_kib.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    assert int(state.offsets[0]) >= 90_000
    assert torch.isfinite(outputs.projection).all()
    assert len(set(held_bytes)) == 1
    assert peaks_kib[-1] - peaks_kib[0] < _LEEWAY_KIB
