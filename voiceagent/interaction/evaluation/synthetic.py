"""A made scenario set from voices that training never hears.

`python -m voiceagent.interaction.evaluation.synthetic --out DIR` writes recordings and truth.json.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.random import Generator

from voiceagent.audio.frame import SAMPLE_RATE_HZ, from_float
from voiceagent.audio.wav import encode_wav
from voiceagent.interaction.training import sounds
from voiceagent.interaction.training.behaviours import far_away
from voiceagent.interaction.training.clip_bank import ClipBank, ClipKind, build
from voiceagent.interaction.training.speakers import Speaker, draw_speaker, split
from voiceagent.interaction.training.timeline import samples
from voiceagent.interaction.training.timing import pause_s
from voiceagent.interaction.training.voices import Signal, cast

_TAIL_S: Final = 4.5
_ESPEAK_VOICES: Final = 16
Made = tuple[list[tuple[float, Signal]], dict[str, Any]]  # sounds with their starts; fields of the item


def _seconds(sound: Signal) -> float:
    return len(sound) / SAMPLE_RATE_HZ


def _turn_end(rng: Generator, caller: Speaker) -> Made:
    sound, _ = caller.says(rng, ClipKind.TURN if rng.random() < 0.75 else ClipKind.ANSWER)
    start = float(rng.uniform(0.8, 1.8))
    return [(start, sound)], {"type": "turn_end", "speech_start": start, "speech_end": start + _seconds(sound)}


def _pause(rng: Generator, caller: Speaker) -> Made:
    """A sentence interrupted by a silence, half of them with words that cannot end a sentence before it."""
    sound, words = caller.says(rng, ClipKind.TURN)
    cut = split(rng, sound, words)
    first, second = (sound[:cut], sound[cut:]) if cut else (caller.says(rng, ClipKind.UNFINISHED)[0], sound)
    start, silence = float(rng.uniform(0.8, 1.8)), max(0.35, pause_s(rng))
    begin = start + _seconds(first)
    fields = {"type": "pause", "speech_start": start, "pauses": [[begin, begin + silence]]}
    end = begin + silence + _seconds(second)
    return [(start, first), (begin + silence, second)], {**fields, "speech_end": end}


def _over_agent(rng: Generator, sound: Signal) -> tuple[float, float]:
    onset = float(rng.uniform(2.5, 7.0))
    return onset, onset + _seconds(sound)


def _barge_in(rng: Generator, caller: Speaker) -> Made:
    kind = (ClipKind.BARGE_IN, ClipKind.TURN, ClipKind.ACKNOWLEDGED)[int(rng.choice(3, p=(0.6, 0.25, 0.15)))]
    sound, _ = caller.says(rng, kind)
    onset, end = _over_agent(rng, sound)
    return [(onset, sound)], {"type": "barge_in", "onset": onset, "speech_end": end, "kind": kind.value}


def _backchannel(rng: Generator, caller: Speaker) -> Made:
    sound, _ = caller.says(rng, ClipKind.BACKCHANNEL)
    onset, end = _over_agent(rng, sound)
    return [(onset, sound)], {"type": "backchannel", "backchannels": [[onset, end, ""]], "speech_end": end}


def _side_talk(rng: Generator, caller: Speaker) -> Made:
    near = rng.random() < 0.5
    sound, _ = caller.says(rng, ClipKind.TURN)
    gain_db = float(rng.uniform(-15, -8) if near else rng.uniform(-25, -15))
    onset, end = _over_agent(rng, sound)
    quiet = far_away(rng, sound) * np.float32(10 ** (gain_db / 20))
    kind = "side_talk" if near else "background"
    return [(onset, quiet)], {"type": kind, "onset": onset, "speech_end": end, "gain_db": gain_db}


def _noise(rng: Generator, caller: Speaker) -> Made:  # noqa: ARG001 - the same shape as its neighbours
    noise = [(float(rng.uniform(0.5, 5.0)), sounds.event(rng)) for _ in range(int(rng.integers(1, 4)))]
    return noise, {"type": "noise", "speech_end": max(start + _seconds(sound) for start, sound in noise)}


_RECIPES: Final[dict[str, Callable[[Generator, Speaker], Made]]] = {
    "a": _turn_end,
    "b": _pause,
    "c": _barge_in,
    "d": _backchannel,
    "e": _side_talk,
    "g": _noise,
}


def make_set(folder: Path, bank: ClipBank, *, each: int, seed: int) -> None:
    """`each` items of every scenario."""
    folder.mkdir(parents=True, exist_ok=True)
    items = []
    for scenario, recipe in _RECIPES.items():
        for number in range(each):
            rng = np.random.default_rng((seed, ord(scenario), number))
            placed, fields = recipe(rng, draw_speaker(rng, bank, ClipKind.TURN))
            name = f"{scenario}_{number:03d}"
            seconds = float(fields["speech_end"]) + _TAIL_S
            track = np.zeros(samples(seconds), np.float32)
            for start, sound in placed:
                at = samples(start)
                track[at : at + len(sound)] += sound
            track *= np.float32(10 ** (rng.uniform(-8, 2) / 20))
            (folder / f"{name}.wav").write_bytes(encode_wav(from_float(track)))
            agent = [[0.0, seconds]] if scenario in "cde" else []
            place = {"id": name, "scenario": scenario, "file": f"{name}.wav", "seconds": seconds, "agent": agent}
            items.append({**place, **fields})
    (folder / "truth.json").write_text(json.dumps({"items": items}, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(".data/scenarios"))
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    clips = arguments.out / "clips"
    voices = cast(np.random.default_rng(arguments.seed), _ESPEAK_VOICES, held_out=True)
    build(clips, seed=arguments.seed, voices=voices)
    make_set(arguments.out, ClipBank(clips), each=arguments.each, seed=arguments.seed)


if __name__ == "__main__":
    main()
