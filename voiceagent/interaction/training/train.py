"""Trains a preset on rendered shards: `python -m voiceagent.interaction.training.train --steps 600`.

Deterministic from its seed, also when it is stopped: a run goes on from its folder as if nothing had happened.
"""

import argparse
import dataclasses
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor

from voiceagent.core.errors import ConfigError
from voiceagent.interaction.model.checkpoint import load, save
from voiceagent.interaction.model.mixture import rebalance
from voiceagent.interaction.model.network import DuplexNetwork, Inputs, parameter_count
from voiceagent.interaction.presets import preset
from voiceagent.interaction.training.blurred import blurred
from voiceagent.interaction.training.loss import LossParts, TargetTensors, loss_of
from voiceagent.interaction.training.own_streams import audio_loss
from voiceagent.interaction.training.shards import Batch, batches, joined, read_shard, shard_paths

_CLIP: Final = 1.0
_WARMUP: Final = 0.04  # share of the steps


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainPlan:
    """One run. start: a checkpoint to go on from with a fresh optimiser, or None."""

    data: Path
    run: Path
    preset_name: str = "tiny"
    steps: int = 600
    batch: int = 16
    peak_rate: float = 2e-3
    weight_decay: float = 0.05
    seed: int = 1
    validation_shards: int = 1
    save_every: int = 50
    long_share: float = 0.25  # of the batches are calls of twice the length: a real call does not end after 20 s
    mixed_precision: bool = True
    blur: bool = False
    decisions_only: bool = False  # without the heads that only teach
    start: Path | None = None


def halves_pay() -> bool:
    """Whether this processor multiplies bfloat16 by itself: one that does not is slower at it than at float32."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))


def rate_at(plan: TrainPlan, step: int) -> float:
    """Linear warm-up, then a cosine down to a fiftieth."""
    warmup = max(1, int(plan.steps * _WARMUP))
    if step < warmup:
        return plan.peak_rate * (step + 1) / warmup
    share = (step - warmup) / max(1, plan.steps - warmup)
    return plan.peak_rate * (0.02 + 0.98 * 0.5 * (1.0 + math.cos(math.pi * share)))


def batch_loss(
    network: DuplexNetwork, batch: Batch, *, mixed_precision: bool, decisions_only: bool = False
) -> LossParts:
    streams = ("caller", "pitch", "agent", "features")
    inputs = Inputs(**{name: _tensor(getattr(batch, name)) for name in streams})
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mixed_precision):
        outputs = network(inputs)
    names = ("floor", "backchannel", "weight", "activity", "spelled", "words")
    targets = {name: _tensor(getattr(batch, name)) for name in names}
    targets["heard"] = _tensor(batch.heard.astype(np.int64))
    parts = loss_of(outputs, TargetTensors(**targets), network.config.hop_ms, decisions_only=decisions_only)
    if outputs.agent_audio is None or decisions_only:
        return parts
    return dataclasses.replace(parts, total=parts.total + audio_loss(outputs.agent_audio, inputs.agent))


def validation_loss(network: DuplexNetwork, paths: list[Path], plan: TrainPlan) -> dict[str, float]:
    """Mean losses over whole shards that training does not read."""
    network.eval()
    names = ("floor", "backchannel", "projection", "activity", "words")
    sums: dict[str, list[float]] = {name: [] for name in names}
    with torch.inference_mode():
        for path in paths:
            parts = batch_loss(network, read_shard(path), mixed_precision=plan.mixed_precision)
            for name, values in sums.items():
                values.append(float(getattr(parts, name)))
    network.train()
    return {name: round(float(np.mean(values)), 4) for name, values in sums.items()}


def train(plan: TrainPlan) -> Path:
    """Run to the end of the plan; the path of the checkpoint. Raises ConfigError when there is no data."""
    torch.manual_seed(plan.seed)
    plan.run.mkdir(parents=True, exist_ok=True)
    paths = shard_paths(plan.data)
    if len(paths) <= plan.validation_shards:
        raise ConfigError(f"{plan.data} holds {len(paths)} shards; training needs more than {plan.validation_shards}")
    learnt, kept = paths[: -plan.validation_shards], paths[-plan.validation_shards :]
    network = DuplexNetwork(preset(plan.preset_name)) if plan.start is None else load(plan.start, plan.preset_name)
    network.train().requires_grad_(requires_grad=True)
    optimiser = _optimiser(network, plan)
    first = _resume(plan, network, optimiser)
    source = batches(learnt, seed=plan.seed, size=plan.batch, skip=first)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    ) as progress:
        task = progress.add_task("training", total=plan.steps, completed=first)
        for step in range(first, plan.steps):
            batch = next(source)
            rng = np.random.default_rng((plan.seed, step))
            if rng.random() < plan.long_share:
                batch = joined(batch)
            if plan.blur:
                batch = dataclasses.replace(batch, caller=blurred(batch.caller, rng))
            parts = _update(network, optimiser, batch, plan, step)
            progress.update(task, advance=1, description=_description(parts))
            if (step + 1) % plan.save_every == 0 or step + 1 == plan.steps:
                _keep(plan, network, optimiser, step + 1, validation_loss(network, kept, plan))
    return _checkpoint(plan)


def _description(parts: LossParts) -> str:
    return f"floor {float(parts.floor.detach()):.3f} words {float(parts.words.detach()):.3f}"


def _update(
    network: DuplexNetwork, optimiser: torch.optim.Optimizer, batch: Batch, plan: TrainPlan, step: int
) -> LossParts:
    for group in optimiser.param_groups:
        group["lr"] = rate_at(plan, step)
    parts = batch_loss(network, batch, mixed_precision=plan.mixed_precision, decisions_only=plan.decisions_only)
    optimiser.zero_grad(set_to_none=True)
    parts.total.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
    optimiser.step()
    rebalance(network)
    return parts


def _optimiser(network: DuplexNetwork, plan: TrainPlan) -> torch.optim.AdamW:
    matrices = [p for p in network.parameters() if p.ndim >= 2]
    vectors = [p for p in network.parameters() if p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": plan.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=plan.peak_rate, betas=(0.9, 0.95))


def _checkpoint(plan: TrainPlan) -> Path:
    return plan.run / f"{plan.preset_name}.safetensors"


def _resume(plan: TrainPlan, network: DuplexNetwork, optimiser: torch.optim.Optimizer) -> int:
    """Go on where this run folder stopped; the first step to do."""
    path = plan.run / "resume.pt"
    if not path.exists():
        return 0
    held: dict[str, Any] = torch.load(path, weights_only=True)
    network.load_state_dict(held["network"])
    optimiser.load_state_dict(held["optimiser"])
    return int(held["step"])


def _keep(
    plan: TrainPlan, network: DuplexNetwork, optimiser: torch.optim.Optimizer, step: int, losses: dict[str, float]
) -> None:
    held = {"network": network.state_dict(), "optimiser": optimiser.state_dict(), "step": step}
    partial = plan.run / "resume.partial"
    torch.save(held, partial)
    partial.replace(plan.run / "resume.pt")
    with (plan.run / "losses.jsonl").open("a") as file:
        file.write(json.dumps({"step": step, **losses}) + "\n")
    facts = {"step": str(step), "seed": str(plan.seed), "validation": json.dumps(losses)}
    save(network, _checkpoint(plan), {**facts, "parameters": str(parameter_count(network))})


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(".data/tiny"))
    parser.add_argument("--run", type=Path, default=Path(".data/runs/tiny"))
    parser.add_argument("--preset", default="tiny")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--start", type=Path, default=None)
    parser.add_argument("--blur", action="store_true", help="no clip sounds twice the same (training/blurred.py)")
    parser.add_argument(
        "--decisions-only", action="store_true", help="teach neither projection nor activity nor letters beside them"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    train(
        TrainPlan(
            data=arguments.data,
            run=arguments.run,
            preset_name=arguments.preset,
            steps=arguments.steps,
            batch=arguments.batch,
            peak_rate=arguments.rate,
            seed=arguments.seed,
            start=arguments.start,
            blur=arguments.blur,
            decisions_only=arguments.decisions_only,
            mixed_precision=halves_pay(),
        )
    )


if __name__ == "__main__":
    main()
