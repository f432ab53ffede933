"""Renders made dialogues into shards: `python -m voiceagent.interaction.training.render --hours 40`. Resumes where it
stopped."""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
from rich.progress import track

from voiceagent.core.errors import ConfigError
from voiceagent.interaction.presets import preset
from voiceagent.interaction.training.clip_bank import PEOPLE_SHARE, ClipBank
from voiceagent.interaction.training.clip_making import build
from voiceagent.interaction.training.novels import novel_sentences
from voiceagent.interaction.training.shards import EXAMPLES_PER_SHARD, write_shard
from voiceagent.interaction.training.simulator import TURNS, make_example
from voiceagent.interaction.training.voices import cast


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderPlan:
    """What a data set is: everything here decides its content."""

    folder: Path
    preset_name: str
    seed: int
    shards: int
    espeak_voices: int
    held_out: bool
    people: float = PEOPLE_SHARE
    clips: Path | None = None  # of another data set; else they are made of this one's seed


@cache
def _bank(folder: Path, people: float) -> ClipBank:
    return ClipBank(folder, people)


def _render_shard(plan: RenderPlan, number: int) -> None:
    path = plan.folder / f"shard-{number:05d}.npz"
    if path.exists():
        return
    bank, config = _bank(plan.clips or plan.folder / "clips", plan.people), preset(plan.preset_name)
    examples = [make_example((plan.seed, number, n), bank, config) for n in range(EXAMPLES_PER_SHARD)]
    write_shard(path, examples)


def claim(plan: RenderPlan) -> None:
    """Write down what the folder's shards are; more or fewer of them are the same plan."""
    facts = {name: value for name, value in asdict(plan).items() if name not in {"folder", "shards"}}
    facts["clips"] = str(plan.clips or "")
    path = plan.folder / "plan.json"
    if path.exists() and json.loads(path.read_text()) != facts:
        raise ConfigError(f"{path} says that these dialogues were planned otherwise: take another folder")
    plan.folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(facts))


def render(plan: RenderPlan, processes: int = 1) -> None:
    """Make the clips and the shards that are missing. Raises ConfigError for a folder with those of another plan."""
    claim(plan)
    if plan.clips is None:
        voices = cast(np.random.default_rng(plan.seed), plan.espeak_voices, held_out=plan.held_out)
        build(plan.folder / "clips", seed=plan.seed, voices=voices, novels=novel_sentences(), processes=processes)
    if processes <= 1:
        for number in track(range(plan.shards), description="shards"):
            _render_shard(plan, number)
        return
    with ProcessPoolExecutor(processes) as pool:
        jobs = [pool.submit(_render_shard, plan, number) for number in range(plan.shards)]
        for job in track(jobs, description="shards"):
            job.result()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(".data/dialogues"))
    parser.add_argument("--preset", default="tiny")
    parser.add_argument("--hours", type=float, default=40.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--espeak-voices", type=int, default=100)
    parser.add_argument("--held-out", action="store_true", help="only voices that training never hears")
    parser.add_argument("--people", type=float, default=PEOPLE_SHARE, help="how often recorded people speak, 0 to 1")
    parser.add_argument("--clips", type=Path, help="folder of another data set's clips; default: make some")
    parser.add_argument("--processes", type=int, default=1)
    arguments = parser.parse_args()
    example_hours = TURNS * preset(arguments.preset).micro_turn_ms / 3_600_000
    plan = RenderPlan(
        folder=arguments.out,
        preset_name=arguments.preset,
        seed=arguments.seed,
        shards=max(1, round(arguments.hours / example_hours / EXAMPLES_PER_SHARD)),
        espeak_voices=arguments.espeak_voices,
        held_out=arguments.held_out,
        people=arguments.people,
        clips=arguments.clips,
    )
    render(plan, arguments.processes)


if __name__ == "__main__":
    main()
