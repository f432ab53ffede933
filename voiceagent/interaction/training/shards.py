"""Compressed uint8 shards of examples: rendered once, read by every training run."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voiceagent.core.errors import ConfigError
from voiceagent.interaction.training.signals import Bytes
from voiceagent.interaction.training.simulator import Example

EXAMPLES_PER_SHARD = 64
_MIXED = 4  # shards in memory at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """caller, agent (B, T, frames, 80); pitch (B, T, frames, 40); features (B, T, 3); floor, backchannel, weight (B,
    T); activity (B, T * frames, 2); words (B, WORDS); spelled (B, T * letters_per_turn); all uint8; heard (B, 1)
    uint16."""

    caller: Bytes
    pitch: Bytes
    agent: Bytes
    features: Bytes
    floor: Bytes
    backchannel: Bytes
    weight: Bytes
    activity: Bytes
    words: Bytes
    heard: npt.NDArray[np.uint16]
    spelled: Bytes


_LEVELS = ("caller", "pitch", "agent")
_TARGETS = ("features", "floor", "backchannel", "weight", "activity", "spelled", "words", "heard")
_FIELDS = (*_LEVELS, *_TARGETS)


def write_shard(path: Path, examples: list[Example]) -> None:
    """Two levels share a byte, then zlib; a half-written file never has the final name."""
    levels = {name: np.stack([getattr(e, name) for e in examples]) for name in _LEVELS}
    packed = {name: (value[..., ::2] << 4) | value[..., 1::2] for name, value in levels.items()}
    targets = {name: np.stack([getattr(e.targets, name) for e in examples]) for name in _TARGETS}
    partial = path.with_suffix(".partial.npz")
    np.savez_compressed(partial, allow_pickle=False, **packed, **targets)
    partial.replace(path)


def read_shard(path: Path) -> Batch:
    with np.load(path) as held:
        fields = {name: held[name] for name in _FIELDS}
    turns = fields["floor"].shape[1]
    for name in _LEVELS:
        packed = fields[name]
        levels = np.stack([packed >> 4, packed & 15], axis=-1)
        fields[name] = levels.reshape(len(packed), turns, -1, packed.shape[-1] * 2)
    return Batch(**fields)


def shard_paths(folder: Path) -> list[Path]:
    """The finished shards of a folder. Raises ConfigError when there are none."""
    paths = sorted(path for path in folder.glob("shard-*.npz") if ".partial" not in path.name)
    if not paths:
        raise ConfigError(f"no shards in {folder}; run `python -m voiceagent.interaction.training.render` first")
    return paths


def joined(batch: Batch) -> Batch:
    """Pairs of examples as one call of twice the length: half as many rows. An odd last one is dropped.

    Words are learnt from the first of each pair only.
    """
    even = len(batch.floor) // 2 * 2

    def pair(values: Bytes) -> Bytes:
        return values[:even].reshape(even // 2, 2 * values.shape[1], *values.shape[2:])

    pairs = {name: pair(getattr(batch, name)) for name in _FIELDS[:-2]}
    return Batch(**pairs, words=batch.words[:even:2], heard=batch.heard[:even:2])


def batches(paths: list[Path], *, seed: int, size: int, skip: int = 0) -> Iterator[Batch]:
    """Endless shuffled batches, four shards mixed at a time. With `skip`, exactly what follows after so many."""
    for epoch in count():
        order = [paths[n] for n in np.random.default_rng((seed, epoch)).permutation(len(paths))]
        for start in range(0, len(order), _MIXED):
            group = order[start : start + _MIXED]
            rows = sum(_rows(path) for path in group)
            if skip >= rows // size:
                skip -= rows // size
                continue
            picks = np.random.default_rng((seed, epoch, start)).permutation(rows)
            pool = _pool([read_shard(path) for path in group])
            for begin in range(skip * size, rows - size + 1, size):
                chosen = picks[begin : begin + size]
                yield Batch(**{name: getattr(pool, name)[chosen] for name in _FIELDS})
            skip = 0


def _rows(path: Path) -> int:
    with np.load(path) as held:
        return len(held["heard"])


def _pool(held: list[Batch]) -> Batch:
    return Batch(**{name: np.concatenate([getattr(batch, name) for batch in held]) for name in _FIELDS})
