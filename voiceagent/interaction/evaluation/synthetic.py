"""Made scenario sets from voices that training never hears: held-out espeak-ng variants and festival's ked.

`python -m voiceagent.interaction.evaluation.synthetic --out DIR --seeds 101 102` writes a set per seed, DIR/101 and
so on, and DIR/truth.json, which is all of them together.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from voiceagent.audio.frame import from_float
from voiceagent.audio.wav import encode_wav
from voiceagent.interaction.evaluation.line_sounds import TYPES, line_sound
from voiceagent.interaction.evaluation.recipes import RECIPES, Made
from voiceagent.interaction.evaluation.stories import story
from voiceagent.interaction.training.channel import decibel
from voiceagent.interaction.training.clip_bank import ClipBank, ClipKind
from voiceagent.interaction.training.clip_making import build
from voiceagent.interaction.training.speakers import draw_speaker
from voiceagent.interaction.training.timeline import samples
from voiceagent.interaction.training.voices import CastVoice, cast

_TAIL_S: Final = 4.5
_ESPEAK_VOICES: Final = 16


def make_set(folder: Path, bank: ClipBank, voices: list[CastVoice], *, each: int, seed: int) -> list[dict[str, Any]]:
    """`each` items of every scenario, of g about as many in all; the items. voices: those of the bank, in its order."""
    folder.mkdir(parents=True, exist_ok=True)
    items = [_item(folder, name, seed, made) for name, made in _all(bank, voices, each, seed)]
    _write(folder, items)
    return items


def _all(bank: ClipBank, voices: list[CastVoice], each: int, seed: int) -> Iterator[tuple[str, Made]]:
    """Names and contents. Every item has dice of its own, so more items leave the first ones as they are."""
    for scenario, recipe in RECIPES.items():
        for number in range(each):
            rng = np.random.default_rng((seed, ord(scenario), number))
            yield f"{scenario}_{number:03d}", recipe(rng, draw_speaker(rng, bank, ClipKind.TURN))
    for number in range(each):
        rng = np.random.default_rng((seed, ord("f"), number))
        yield f"f_{number:03d}", story(rng, voices[int(rng.integers(len(voices)))])
    for place, kind in enumerate(TYPES):
        for number in range(-(-each // len(TYPES))):
            rng = np.random.default_rng((seed, ord("g"), place, number))
            yield f"g_{kind}_{number:03d}", line_sound(rng, kind)


def _item(folder: Path, name: str, seed: int, made: Made) -> dict[str, Any]:
    """Write the recording; what truth.json says about it."""
    placed, fields = made
    seconds = float(fields["speech_end"]) + _TAIL_S
    track = np.zeros(samples(seconds), np.float32)
    for start, sound in placed:
        at = samples(start)
        track[at : at + len(sound)] += sound
    track *= decibel(float(np.random.default_rng((seed, *name.encode())).uniform(-8, 2)))
    (folder / f"{name}.wav").write_bytes(encode_wav(from_float(track)))
    agent = [[0.0, seconds]] if name[0] in "cde" else []
    place = {"id": name, "scenario": name[0], "file": f"{name}.wav", "seconds": seconds, "agent": agent}
    return {**place, **fields}


def _write(folder: Path, items: list[dict[str, Any]]) -> None:
    (folder / "truth.json").write_text(json.dumps({"items": items}, indent=1))


def make_sets(folder: Path, *, each: int, seeds: list[int]) -> None:
    """A set per seed, and all of them as one. They share one bank of clips, which takes longest and is kept."""
    voices = cast(np.random.default_rng(seeds[0]), _ESPEAK_VOICES, held_out=True)
    build(folder / "clips", seed=seeds[0], voices=voices)
    bank = ClipBank(folder / "clips")
    together: list[dict[str, Any]] = []
    for seed in seeds:
        items = make_set(folder / str(seed), bank, voices, each=each, seed=seed)
        together += [{**item, "id": f"{seed}_{item['id']}", "file": f"{seed}/{item['file']}"} for item in items]
    _write(folder, together)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(".data/sets"))
    parser.add_argument("--each", type=int, default=24, help="items of each scenario and seed")
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103], help="training uses small numbers")
    options = parser.parse_args()
    make_sets(options.out, each=options.each, seeds=options.seeds)


if __name__ == "__main__":
    main()
