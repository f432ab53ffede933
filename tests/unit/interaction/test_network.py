"""The network's promises: streaming is offline, the past is closed, rows are alone."""

import dataclasses
from collections.abc import Callable

import pytest
import torch

from voiceagent.interaction.model.heads import FloorAct, Outputs
from voiceagent.interaction.model.network import DuplexNetwork, Inputs, parameter_count
from voiceagent.interaction.model.state import StreamState
from voiceagent.interaction.presets import PRESETS, ModelConfig, preset

MakeInputs = Callable[..., Inputs]
_TURNS = 48  # four windows of the toy preset, so that the ring has turned over


def _joined(outputs: Outputs) -> torch.Tensor:
    floor = outputs.floor.masked_fill(outputs.floor.isinf(), 0.0)
    return torch.cat([floor, outputs.projection, outputs.caller_active[..., None]], dim=-1)


def _part(inputs: Inputs, turns: slice) -> Inputs:
    return Inputs(caller=inputs.caller[:, turns], agent=inputs.agent[:, turns], features=inputs.features[:, turns])


def _streamed(network: DuplexNetwork, inputs: Inputs, hop: int) -> torch.Tensor:
    rows, turns = inputs.features.shape[:2]
    state = StreamState(network.config, rows, longest_hop=hop)
    numbers, everyone = torch.arange(rows), torch.ones(rows, dtype=torch.bool)
    with torch.inference_mode():
        pieces = [
            _joined(network.step(_part(inputs, slice(at, at + hop)), state, numbers, everyone))
            for at in range(0, turns, hop)
        ]
    state.check_integrity()
    return torch.cat(pieces, dim=1)


def _toy_sized(name: str) -> ModelConfig:
    """A preset small enough for a test: its proportions, few layers, a window that turns over many times."""
    config = preset(name)
    window = {"toy": 12, "tiny": 9}.get(name, 20)
    return dataclasses.replace(config, depth=min(config.depth, 7), frame_width=16, attention_window=window)


@pytest.mark.parametrize("hop", [1, 3, 8])
@pytest.mark.parametrize("name", PRESETS)
def test_streaming_gives_what_offline_computation_gives(name: str, hop: int, random_inputs: MakeInputs) -> None:
    config = _toy_sized(name)
    torch.manual_seed(1)
    network = DuplexNetwork(config).eval()
    inputs = random_inputs(config, rows=2, turns=_TURNS)

    with torch.inference_mode():
        offline = _joined(network(inputs))

    torch.testing.assert_close(_streamed(network, inputs, hop), offline, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("field", ["caller", "agent", "features"])
def test_no_output_depends_on_a_later_input(field: str, toy: DuplexNetwork, random_inputs: MakeInputs) -> None:
    network = toy
    inputs = random_inputs(network.config, rows=1, turns=24)
    changed = getattr(inputs, field).clone()
    changed[:, 15:] = 0
    with torch.inference_mode():
        before = _joined(network(inputs))
        after = _joined(network(dataclasses.replace(inputs, **{field: changed})))

    assert torch.equal(before[:, :15], after[:, :15])
    assert not torch.equal(before[:, 15:], after[:, 15:])


def test_a_row_does_not_depend_on_who_shares_its_batch(toy: DuplexNetwork, random_inputs: MakeInputs) -> None:
    network = toy
    mine = random_inputs(network.config, rows=4, turns=20, seed=3)
    others = random_inputs(network.config, rows=4, turns=20, seed=4)
    mixed = Inputs(
        **{
            f.name: torch.cat([getattr(mine, f.name)[:1], getattr(others, f.name)[1:]])
            for f in dataclasses.fields(Inputs)
        }
    )

    assert torch.equal(_streamed(network, mine, 1)[0], _streamed(network, mixed, 1)[0])


def test_rows_that_do_not_execute_do_not_move(toy: DuplexNetwork, random_inputs: MakeInputs) -> None:
    network = toy
    inputs = random_inputs(network.config, rows=2, turns=10)
    alone = _streamed(network, inputs, 1)[0]
    state = StreamState(network.config, 2)
    pieces = []
    with torch.inference_mode():
        for at in range(10):
            now = _part(inputs, slice(at, at + 1))
            pieces.append(_joined(network.step(now, state, torch.arange(2), torch.tensor([True, at % 3 == 0])))[0])

    assert torch.equal(torch.cat(pieces), alone)
    assert state.offsets.tolist() == [10, 4]
    state.check_integrity()


def test_a_reset_row_remembers_nothing_and_the_other_row_everything(
    toy: DuplexNetwork, random_inputs: MakeInputs
) -> None:
    network = toy
    inputs = random_inputs(network.config, rows=2, turns=12)
    everyone = torch.ones(2, dtype=torch.bool)
    fresh, used = StreamState(network.config, 2), StreamState(network.config, 2)
    with torch.inference_mode():
        for at in range(11):
            network.step(_part(inputs, slice(at, at + 1)), used, torch.arange(2), everyone)
        used.reset(torch.tensor([0]))
        last = _part(inputs, slice(11, 12))
        after_reset = _joined(network.step(last, used, torch.arange(2), everyone))
        never_used = _joined(network.step(last, fresh, torch.arange(2), everyone))

    assert torch.equal(after_reset[0], never_used[0])
    assert not torch.equal(after_reset[1], never_used[1])


def test_who_speaks_decides_which_acts_are_possible(toy: DuplexNetwork, random_inputs: MakeInputs) -> None:
    network = toy
    inputs = random_inputs(network.config, rows=1, turns=3)
    inputs.features[0] = torch.tensor([[0, 0, 0], [1, 1, 1], [0, 1, 0]])
    with torch.inference_mode():
        acts = network(inputs).floor[0].softmax(-1)

    assert acts[0, FloorAct.YIELD] == 0
    assert acts[0, FloorAct.SPEAK] > 0
    assert (acts[1:, FloorAct.SPEAK] == 0).all()
    assert (acts[1:, FloorAct.YIELD] > 0).all()


def test_a_two_hour_call_leaves_the_ring_whole_and_its_memory_flat(
    toy: DuplexNetwork, random_inputs: MakeInputs
) -> None:
    network = toy
    state = StreamState(network.config, 1)
    memory = state.bytes_per_row()
    state.offsets[:] = 90_000 - 40  # positions of a call that has lasted two hours
    held = torch.arange(90_000 - 40 - network.config.attention_window, 90_000 - 40)
    state.positions[0, held % network.config.attention_window] = held
    inputs = random_inputs(network.config, rows=1, turns=40)
    with torch.inference_mode():
        for at in range(40):
            outputs = network.step(_part(inputs, slice(at, at + 1)), state, torch.tensor([0]), torch.tensor([True]))

    state.check_integrity()
    assert torch.isfinite(outputs.projection).all()
    assert state.offsets.tolist() == [90_000]
    assert state.bytes_per_row() == memory


def test_a_long_call_sounds_the_same_at_any_hour(toy: DuplexNetwork, random_inputs: MakeInputs) -> None:
    network = toy
    inputs = random_inputs(network.config, rows=1, turns=30)
    late = StreamState(network.config, 1)
    late.offsets[:] = 90_000
    with torch.inference_mode():
        for at in range(30):
            outputs = network.step(_part(inputs, slice(at, at + 1)), late, torch.tensor([0]), torch.tensor([True]))
        early = network(inputs)

    torch.testing.assert_close(outputs.projection[:, -1], early.projection[:, -1], atol=1e-4, rtol=1e-3)


def test_presets_have_the_size_that_their_names_promise() -> None:
    sizes = {
        name: parameter_count(DuplexNetwork(config)) for name, config in PRESETS.items() if name in ("toy", "tiny")
    }

    assert sizes["toy"] < 300_000
    assert 1_000_000 < sizes["tiny"] < 4_000_000
