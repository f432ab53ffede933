"""How well the model tells a pause of people from the end of what they say, whatever it is then told to do about it.

    python benchmarks/bench_pauses.py --recordings DIR [--checkpoint FILE]
    python benchmarks/bench_pauses.py --actors [--checkpoint FILE]

DIR holds index.json with `items` of `file` (16 kHz; those of meetings, `ami_...`, are left out: several people talk).
--actors takes the lines of three scenes of two games each, which training does not read (runs/install-train-deps.sh).
An end is a whole recording; a pause is the recording up to a gap of 100 ms or more that the speaker left, and silence
from there on. Area under the ROC curve of P(speak) at each length of silence: 1 is perfect, 0.5 a coin. A threshold or
a bias changes nothing of it, so it compares models and not their settings.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from voiceagent.audio.frame import SAMPLE_RATE_HZ
from voiceagent.interaction.evaluation.conditions import through
from voiceagent.interaction.evaluation.monologue import hear_out
from voiceagent.interaction.evaluation.scenarios import Signal, read_audio
from voiceagent.interaction.model.checkpoint import load, shipped_checkpoint
from voiceagent.interaction.model.heads import FloorAct
from voiceagent.interaction.model.network import DuplexNetwork
from voiceagent.interaction.training.people import HELD_OUT, recordings

AFTER_S: Final = (0.24, 0.4, 0.56, 0.8, 1.2, 1.6)
FRAME: Final = SAMPLE_RATE_HZ // 100
AUDIBLE: Final = 0.04  # of the loudness that a fiftieth of the frames exceeds
SHORTEST_GAP: Final = 9  # frames
DYING_AWAY: Final = 480  # samples kept of a gap
FIRST_S: Final = 0.8  # of speech before a gap counts
LEVEL: Final = 0.5  # peak of an acted line, as training has it
BEFORE, AFTER = SAMPLE_RATE_HZ, int(2.5 * SAMPLE_RATE_HZ)


def recorded(folder: Path) -> Iterator[Signal]:
    for item in json.loads((folder / "index.json").read_text())["items"]:
        if not item["id"].startswith("ami"):
            yield read_audio(folder / item["file"])


def acted() -> Iterator[Signal]:
    for source, name in HELD_OUT:
        for line in recordings(source, name):
            if len(line) > FIRST_S * SAMPLE_RATE_HZ:
                yield line * np.float32(LEVEL / max(float(np.abs(line).max()), 1e-3))


def cases(sound: Signal) -> Iterator[tuple[bool, Signal]]:
    """Whether it is an end, and the sound until then; the end first."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    loudness = np.sqrt((frames**2).mean(axis=1))
    loud = np.flatnonzero(loudness > AUDIBLE * np.percentile(loudness, 98))
    yield True, sound[: (loud[-1] + 1) * FRAME]
    for last in loud[:-1][np.diff(loud) > SHORTEST_GAP]:
        at = (last + 1) * FRAME
        if at > FIRST_S * SAMPLE_RATE_HZ:
            yield False, sound[: at + DYING_AWAY]


def wishes(network: DuplexNetwork, sound: Signal, quiet_from: int, after_s: Sequence[float]) -> list[float]:
    """P(speak) at each length of silence after sample `quiet_from`; the sound comes over a telephone."""
    noise = np.random.default_rng(1)
    rests = [noise.normal(0.0, 1e-4, length).astype(np.float32) for length in (BEFORE, AFTER)]
    line = through(np.concatenate([rests[0], sound, rests[1]]), "tel", seed=1)
    acts = hear_out(network, line.astype(np.float32)).floor[0].softmax(-1)
    turns = [int((BEFORE + quiet_from + after * SAMPLE_RATE_HZ) / network.config.turn_samples) - 1 for after in after_s]
    return [float(acts[turn, FloorAct.SPEAK]) for turn in turns]


def area(ends: np.ndarray, pauses: np.ndarray) -> float:
    """That an end has the greater wish, over all pairs of an end and a pause."""
    return float((ends[:, None] > pauses).mean() + 0.5 * (ends[:, None] == pauses).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--recordings", type=Path)
    source.add_argument("--actors", action="store_true")
    parser.add_argument("--checkpoint", type=Path, default=shipped_checkpoint())
    options = parser.parse_args()
    network = load(options.checkpoint)
    found: dict[bool, list[list[float]]] = {True: [], False: []}
    for recording in acted() if options.actors else recorded(options.recordings):
        for is_end, sound in cases(recording):
            quiet_from = len(sound) - (0 if is_end else DYING_AWAY)
            found[is_end].append(wishes(network, sound, quiet_from, AFTER_S))
    ends, pauses = (np.array(found[is_end]) for is_end in (True, False))
    print(f"{len(ends)} ends, {len(pauses)} pauses, checkpoint {options.checkpoint.name}")
    print("| silence so far, s | area | median wish at an end | in a pause |\n|---|---|---|---|")
    for n, after in enumerate(AFTER_S):
        medians = np.median(ends[:, n]), np.median(pauses[:, n])
        print(f"| {after} | {area(ends[:, n], pauses[:, n]):.3f} | {medians[0]:.2f} | {medians[1]:.2f} |")


if __name__ == "__main__":
    main()
