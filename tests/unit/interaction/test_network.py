"""The network's promises: streaming is offline, the past is closed, rows are alone."""

import dataclasses
from collections.abc import Callable

import pytest
import torch

from voiceagent.interaction.model.heads import FloorAct, Outputs
from voiceagent.interaction.model.network import DuplexNetwork, Inputs
from voiceagent.interaction.model.state import StreamState
from voiceagent.interaction.presets import PRESETS, ModelConfig, preset

MakeInputs = Callable[..., Inputs]
MakeNetwork = Callable[[str], DuplexNetwork]
_TURNS = 48  # many windows, so that the ring has turned over
_TOYS = ["toy200", "toy-pitch", "toy-moe", "toy-text", "toy-video", "toy-speech"]  # one for each mechanism


def _fields(held: Inputs | Outputs) -> dict[str, torch.Tensor]:
    there = {field.name: getattr(held, field.name) for field in dataclasses.fields(held)}
    return {name: tensor for name, tensor in there.items() if tensor is not None}


def _joined(outputs: Outputs) -> torch.Tensor:
    """All that the network says about each micro-turn, (B, T, everything)."""
    rows, turns = outputs.caller_active.shape
    said = torch.cat([tensor.reshape(rows, turns, -1) for tensor in _fields(outputs).values()], dim=-1)
    return said.masked_fill(said.isinf(), 0.0)


def _part(inputs: Inputs, turns: slice) -> Inputs:
    return Inputs(**{name: tensor[:, turns] for name, tensor in _fields(inputs).items()})


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
    """A preset small enough for a test: few layers and experts, a window that turns over many times."""
    config = preset(name)
    few = {"experts": 8, "experts_used": 2, "expert_width": 32} if config.experts > 8 else {}
    return dataclasses.replace(
        config,
        depth=min(config.depth, 3),
        head_width=32,
        frame_width=16,
        attention_window=5,
        tokens_per_turn=min(config.tokens_per_turn, 6),
        video_patches=min(config.video_patches, 1),
        **few,
    )


@pytest.mark.parametrize("hop", [1, 3, 8])
@pytest.mark.parametrize("name", PRESETS)
def test_streaming_gives_what_offline_computation_gives(name: str, hop: int, random_inputs: MakeInputs) -> None:
    config = _toy_sized(name)
    torch.manual_seed(1)
    network = DuplexNetwork(config).eval()
    inputs = random_inputs(config, rows=2, turns=_TURNS // 2)

    with torch.inference_mode():
        offline = _joined(network(inputs))

    torch.testing.assert_close(_streamed(network, inputs, hop), offline, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("toy", "caller"),
        ("toy", "agent"),
        ("toy", "features"),
        ("toy200", "caller"),
        ("toy-pitch", "pitch"),
        ("toy-moe", "caller"),
        ("toy-text", "tokens"),
        ("toy-text", "roles"),
        ("toy-video", "video"),
        ("toy-video", "seen"),
        ("toy-speech", "agent"),
    ],
)
def test_no_output_depends_on_a_later_input(
    name: str, field: str, network_of: MakeNetwork, random_inputs: MakeInputs
) -> None:
    network = network_of(name)
    inputs = random_inputs(network.config, rows=1, turns=24)
    changed = getattr(inputs, field).clone()
    changed[:, 15:] = 0
    with torch.inference_mode():
        before = _joined(network(inputs))
        after = _joined(network(dataclasses.replace(inputs, **{field: changed})))

    assert torch.equal(before[:, :15], after[:, :15])
    assert not torch.equal(before[:, 15:], after[:, 15:])


@pytest.mark.parametrize("name", ["toy", *_TOYS])
def test_a_row_does_not_depend_on_who_shares_its_batch(
    name: str, network_of: MakeNetwork, random_inputs: MakeInputs
) -> None:
    network = network_of(name)
    mine = random_inputs(network.config, rows=4, turns=6, seed=3)
    others = random_inputs(network.config, rows=4, turns=6, seed=4)
    theirs = _fields(others)
    mixed = Inputs(**{field: torch.cat([tensor[:1], theirs[field][1:]]) for field, tensor in _fields(mine).items()})

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


@pytest.mark.parametrize("name", ["toy", *_TOYS])
def test_a_reset_row_remembers_nothing_and_the_other_row_everything(
    name: str, network_of: MakeNetwork, random_inputs: MakeInputs
) -> None:
    network = network_of(name)
    inputs = random_inputs(network.config, rows=2, turns=8)
    everyone = torch.ones(2, dtype=torch.bool)
    fresh, used = StreamState(network.config, 2), StreamState(network.config, 2)
    with torch.inference_mode():
        for at in range(7):
            network.step(_part(inputs, slice(at, at + 1)), used, torch.arange(2), everyone)
        used.reset(torch.tensor([0]))
        last = _part(inputs, slice(7, 8))
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
