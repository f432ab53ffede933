"""What was tried to make a step of the native model cheaper: CPU time of a full group, and what it does to the floor.

python benchmarks/bench_engine_step.py [--rows 64] [--compile]

Noise for everybody. The CPU time is the least of many steps, so other work on the machine hardly shows. The difference
is that of any probability of the floor over the first micro-turns of all calls, against the shipped way.
"""

import argparse
import copy
import platform
import time
import warnings
from collections.abc import Callable

import torch
from torch import Tensor, nn

from voiceagent.interaction.backends.native import laid_out_for_small_batches
from voiceagent.interaction.model.checkpoint import load, shipped_checkpoint
from voiceagent.interaction.model.network import DuplexNetwork, Inputs
from voiceagent.interaction.model.state import StreamState
from voiceagent.interaction.presets import FEATURES, LEVELS, MEL_CHANNELS

_JUDGED, _STEPS = 60, 240
Step = Callable[[Inputs, StreamState, Tensor, Tensor], Tensor]


def floor_step(network: DuplexNetwork) -> Step:
    """A step that gives the floor's probabilities, (rows, 4)."""
    return lambda *arguments: network.step(*arguments).floor[:, 0].float().softmax(-1)


def in_bfloat16(network: DuplexNetwork) -> Step:
    step = floor_step(network)

    def cast(*arguments: Inputs | StreamState | Tensor) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16, cache_enabled=False):
            return step(*arguments)

    return cast


def with_bfloat16_weights(network: DuplexNetwork) -> Step:
    """The blocks' products in bfloat16 (AMX where there is one); norms, attention and residual stream in float32."""
    network = copy.deepcopy(network)
    for block in network.blocks:
        for part in block.modules():
            for name, child in part.named_children():
                if isinstance(child, nn.Linear):
                    setattr(part, name, _Narrow(child))
    return floor_step(network)


class _Narrow(nn.Module):
    def __init__(self, wide: nn.Linear) -> None:
        super().__init__()
        self.weight = nn.Parameter(wide.weight.data.contiguous().bfloat16(), requires_grad=False)

    def forward(self, hidden: Tensor) -> Tensor:
        return nn.functional.linear(hidden.bfloat16(), self.weight).float()


def in_int8(network: DuplexNetwork) -> Step:
    """Weights, and activations by the largest of the whole batch: a call's numbers depend on its neighbours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return floor_step(torch.ao.quantization.quantize_dynamic(network, {nn.Linear}, dtype=torch.qint8))


def compiled(network: DuplexNetwork) -> Step:
    """Needs a C++ compiler when the model is loaded."""
    network = copy.deepcopy(network)
    for number, block in enumerate(network.blocks):
        network.blocks[number] = torch.compile(block, dynamic=False)
    return floor_step(network)


def inputs_of(network: DuplexNetwork, rows: int) -> list[Inputs]:
    dice = torch.Generator().manual_seed(1)
    shape = (rows, 1, network.config.frames_per_turn, MEL_CHANNELS)

    def levels() -> Tensor:
        return torch.randint(0, LEVELS, shape, dtype=torch.uint8, generator=dice)

    silent = torch.zeros(rows, 1, FEATURES, dtype=torch.uint8)
    silent[::2, :, 1] = 1  # in every second call the agent speaks
    return [Inputs(caller=levels(), agent=levels(), features=silent) for _ in range(_JUDGED)]


def run(network: DuplexNetwork, step: Step, inputs: list[Inputs], steps: int) -> tuple[Tensor, float]:
    """Probabilities of the judged steps, (steps, rows, 4), and the least CPU time of a step, in milliseconds."""
    rows = torch.arange(inputs[0].features.shape[0])
    state = StreamState(network.config, len(rows))
    views, took = [], []
    with torch.inference_mode():
        for number in range(steps):
            began = time.thread_time()
            view = step(inputs[number % len(inputs)], state, rows, rows >= 0)
            took.append((time.thread_time() - began) * 1000)
            if number < _JUDGED:
                views.append(view)
    return torch.stack(views), min(took)


def main() -> None:
    """Print a row a way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=64)
    parser.add_argument("--compile", action="store_true", help="also try torch.compile, which takes minutes")
    options = parser.parse_args()
    torch.set_num_threads(1)
    as_loaded = load(shipped_checkpoint("tiny"), "tiny")
    shipped = laid_out_for_small_batches(copy.deepcopy(as_loaded))
    ways: dict[str, Callable[[], Step]] = {
        "float32, weights column by column (shipped)": lambda: floor_step(shipped),
        "float32, weights as trained, row by row": lambda: floor_step(as_loaded),
        "bfloat16 autocast": lambda: in_bfloat16(as_loaded),
        "bfloat16 weights of the blocks": lambda: with_bfloat16_weights(as_loaded),
        "int8, dynamic": lambda: in_int8(as_loaded),
    }
    if options.compile:
        ways["torch.compile of each block"] = lambda: compiled(shipped)
    inputs = inputs_of(shipped, options.rows)
    reference, _ = run(shipped, floor_step(shipped), inputs, _JUDGED)
    print(f"machine: {platform.machine()}, torch {torch.__version__}, {options.rows} rows")
    print("| way | CPU ms a step | greatest difference | acts that change |")
    print("|---|---|---|---|")
    for name, make in ways.items():
        view, least_ms = run(shipped, make(), inputs, _STEPS)
        difference = float((view - reference).abs().max())
        changed = float((view.argmax(-1) != reference.argmax(-1)).float().mean())
        print(f"| {name} | {least_ms:.2f} | {difference:.1e} | {changed:.2%} |", flush=True)


if __name__ == "__main__":
    main()
