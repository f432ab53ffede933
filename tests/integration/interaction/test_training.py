"""The training command, at toy size, on data made here: the loss falls and a loadable checkpoint comes out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from voiceagent.interaction.model.checkpoint import load
from voiceagent.interaction.presets import preset
from voiceagent.interaction.training.clip_bank import ClipBank
from voiceagent.interaction.training.clip_making import build
from voiceagent.interaction.training.shards import batches, read_shard, shard_paths, write_shard
from voiceagent.interaction.training.simulator import make_example
from voiceagent.interaction.training.voices import CastVoice

_VOICES = [CastVoice(engine="espeak", name="en-us+f2"), CastVoice(engine="espeak", name="en-us+m3")]


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> ClipBank:
    """Two espeak-ng voices, which need no Debian package."""
    folder = tmp_path_factory.mktemp("clips")
    build(folder, seed=1, voices=_VOICES)
    return ClipBank(folder)


@pytest.fixture(scope="module")
def shards(bank: ClipBank, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    for number in range(4):
        examples = [make_example((1, number, n), bank, preset("toy")) for n in range(8)]
        write_shard(folder / f"shard-{number:05d}.npz", examples)
    return folder


def _train(data: Path, run: Path, steps: int) -> None:
    command = [sys.executable, "-m", "voiceagent.interaction.training.train"]
    options = ["--preset", "toy", "--data", str(data), "--run", str(run), "--steps", str(steps), "--batch", "4"]
    subprocess.run([*command, *options, "--rate", "0.01"], check=True, timeout=120, capture_output=True)


@pytest.mark.timeout(180)
def test_training_lowers_the_loss_and_makes_a_loadable_checkpoint(shards: Path, tmp_path: Path) -> None:
    _train(shards, tmp_path, steps=1)
    _train(shards, tmp_path, steps=20)  # goes on where the first one stopped
    losses = [json.loads(line) for line in (tmp_path / "losses.jsonl").read_text().splitlines()]

    assert [row["step"] for row in losses] == [1, 20]
    assert losses[-1]["floor"] < 0.9 * losses[0]["floor"]
    assert losses[-1]["projection"] < 0.8 * losses[0]["projection"]
    assert load(tmp_path / "toy.safetensors", "toy").config == preset("toy")


def test_the_same_seed_makes_the_same_example(bank: ClipBank) -> None:
    first, second = (make_example((5, 6), bank, preset("toy")) for _ in range(2))
    other = make_example((5, 7), bank, preset("toy"))

    assert (first.caller == second.caller).all()
    assert (first.targets.floor == second.targets.floor).all()
    assert (first.caller != other.caller).any()


def test_a_shard_comes_back_as_it_was_written(bank: ClipBank, shards: Path) -> None:
    batch = read_shard(shard_paths(shards)[0])
    example = make_example((1, 0, 3), bank, preset("toy"))

    assert (batch.caller[3].reshape(-1, 80) == example.caller).all()
    assert (batch.pitch[3].reshape(-1, 40) == example.pitch).all()
    assert (batch.agent[3].reshape(-1, 80) == example.agent).all()
    assert (batch.features[3] == example.targets.features).all()


def test_batches_go_on_where_they_were_left(shards: Path) -> None:
    paths = shard_paths(shards)
    through = batches(paths, seed=3, size=5)
    whole = [next(through) for _ in range(11)]
    resumed = batches(paths, seed=3, size=5, skip=7)

    for batch in whole[7:]:
        again = next(resumed)
        assert (batch.caller == again.caller).all()
        assert (batch.floor == again.floor).all()
