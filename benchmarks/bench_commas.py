"""Whether a network hears that more will follow: the same words, spoken as a sentence that goes on and as an end.

    python benchmarks/bench_commas.py [--checkpoint FILE] [--probe]

Area under the ROC curve of P(speak) after 0.24, 0.4 and 0.64 s of silence, by synthesiser, for voices of training and
for held-out ones: 1 is perfect, 0.5 deaf to it. `--probe` trains a small convolution on the last 1.3 s of 1,500 pairs,
from the picture of pitch, from dMel and from both, and prints its area on held-out voices: how much there is to hear.
Needs `make train-deps`.
"""

import argparse
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from bench_pauses import area, wishes
from torch import Tensor, nn

from voiceagent.audio.frame import SAMPLE_RATE_HZ
from voiceagent.interaction.evaluation.conditions import through
from voiceagent.interaction.model.checkpoint import load, shipped_checkpoint
from voiceagent.interaction.model.dmel import dmel_of
from voiceagent.interaction.model.network import DuplexNetwork
from voiceagent.interaction.model.pitch import pitch_of
from voiceagent.interaction.model.spectrum import offline_magnitudes
from voiceagent.interaction.presets import MEL_CHANNELS, preset
from voiceagent.interaction.training import phrases
from voiceagent.interaction.training.signals import Signal
from voiceagent.interaction.training.spoken_on import spoken_on
from voiceagent.interaction.training.voices import CastVoice, cast, say

AFTER_S: Final = (0.24, 0.4, 0.64)
ENGINES: Final = ("espeak", "flite", "festival", "pico")  # those that take less than a second a sentence
FRAMES: Final = 64
Rows = npt.NDArray[np.float32]


def pair(rng: np.random.Generator, voice: CastVoice) -> tuple[Signal, Signal]:
    """The same words, going on and ending."""
    begin, rest = phrases.clause(rng)
    return spoken_on(voice, begin, rest)[0], say(voice, f"{begin}.")[0]


def judge(network: DuplexNetwork, rng: np.random.Generator, voices: list[CastVoice], pairs: int = 36) -> list[float]:
    """An area for each length of silence."""
    said = [pair(rng, voices[n % len(voices)]) for n in range(pairs)]
    heard = [[wishes(network, sound, len(sound), AFTER_S) for sound in both] for both in said]
    on, end = np.array(heard).transpose(1, 0, 2)
    return [area(end[:, k], on[:, k]) for k in range(len(AFTER_S))]


def last_frames(sound: Signal) -> npt.NDArray[np.uint8]:
    """(FRAMES, 120): dMel and pitch of the end of what was said."""
    line = through(np.concatenate([np.zeros(SAMPLE_RATE_HZ, np.float32), sound]), "tel", seed=1)
    config = preset("tiny")
    heard = offline_magnitudes(line, config)[-FRAMES:]
    return np.concatenate([dmel_of(heard, config), pitch_of(heard, config)], axis=1)


def examples(rng: np.random.Generator, voices: list[CastVoice], pairs: int) -> tuple[Rows, Rows]:
    """Inputs (2 * pairs, FRAMES, 120) about zero, and 1 for those that end."""
    said = [last_frames(sound) for n in range(pairs) for sound in pair(rng, voices[n % len(voices)])]
    return np.stack(said).astype(np.float32) / 8 - 1, np.tile(np.array([0, 1], np.float32), pairs)


def probe(learnt: tuple[Rows, Rows], unheard: tuple[Rows, Rows], channels: slice) -> float:
    """The area on unheard voices of a convolution that read those channels of the learnt ones."""
    torch.manual_seed(0)

    def seen(rows: Rows) -> Tensor:
        return torch.from_numpy(rows[:, :, channels]).transpose(1, 2)

    inputs, targets = seen(learnt[0]), torch.from_numpy(learnt[1])
    first = nn.Sequential(nn.Conv1d(inputs.shape[1], 64, 5, 2), nn.GELU(), nn.Dropout(0.2))
    second = nn.Sequential(nn.Conv1d(64, 64, 5, 2), nn.GELU(), nn.Flatten(), nn.Dropout(0.4), nn.LazyLinear(1))
    network = nn.Sequential(first, second)
    network(inputs[:2])
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.05)
    for _ in range(25):
        for chosen in torch.randperm(len(inputs)).split(64):
            loss = nn.functional.binary_cross_entropy_with_logits(network(inputs[chosen])[:, 0], targets[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    with torch.inference_mode():
        wish = network.eval()(seen(unheard[0]))[:, 0].numpy()
    return area(wish[unheard[1] == 1], wish[unheard[1] == 0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, default=shipped_checkpoint())
    parser.add_argument("--probe", action="store_true")
    options = parser.parse_args()
    rng = np.random.default_rng(5)
    of = {held_out: cast(rng, 42, held_out=held_out) for held_out in (False, True)}
    by = {(h, e): [v for v in voices if v.engine == e] for h, voices in of.items() for e in ENGINES}
    network = load(options.checkpoint)
    print(f"| voices | {' | '.join(f'{after} s' for after in AFTER_S)} |\n|---|" + "---|" * len(AFTER_S))
    for (held_out, engine), voices in by.items():
        if voices:
            areas = " | ".join(f"{value:.2f}" for value in judge(network, rng, voices[:6]))
            print(f"| {engine}, {'held out' if held_out else 'of training'} | {areas} |", flush=True)
    if options.probe:
        learnt = examples(rng, [v for engine in ("espeak", "flite", "pico") for v in by[False, engine]], 1500)
        ways = {"pitch": slice(MEL_CHANNELS, None), "dMel": slice(MEL_CHANNELS), "both": slice(None)}
        for engine in ("espeak", "festival"):
            unheard = examples(rng, by[True, engine], 150)
            found = ", ".join(f"{name} {probe(learnt, unheard, channels):.2f}" for name, channels in ways.items())
            print(f"convolution, held-out {engine}: {found}", flush=True)


if __name__ == "__main__":
    main()
