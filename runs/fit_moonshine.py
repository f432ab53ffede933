"""Fits the confidence of Moonshine's words (voiceagent/speech/moonshine/sureness.py) on the clips of a training set.

    python runs/fit_moonshine.py [--clips .data/tiny/clips] [--examples 1200]

Each example is a clip of a made voice over a telephone band with more or less noise, and a grammar of some sixty
sentences of other clips; half of the grammars hold what the clip says, some are those of the shipped profile. Prints
the weights, and how they do on voices that were left out.
"""

import argparse
import random
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from rich.progress import track

from voiceagent.audio.frame import Pcm, from_float
from voiceagent.audio.phone_band import through_phone
from voiceagent.config.profile_file import default_profile
from voiceagent.conversation.phrase import plain_words
from voiceagent.interaction.training.clip_bank import Clip, ClipBank
from voiceagent.speech.free_text import fitting
from voiceagent.speech.grammar import consent_hints, every_hints
from voiceagent.speech.moonshine import files
from voiceagent.speech.moonshine.network import MoonshineNetwork
from voiceagent.speech.moonshine.pieces import text_of
from voiceagent.speech.moonshine.reading import read
from voiceagent.speech.moonshine.sureness import features
from voiceagent.speech.voicing import HOP, Voicing
from voiceagent.speech.word_network import compiled

_LONGEST = 16_000 * 6
_QUIET = np.zeros(6_400, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """features (5,) of a reading; `inside`: its words are a sentence of the grammar; `right`: and were found."""

    voice: int
    features: tuple[float, ...]
    inside: bool
    right: bool


def said_in(clip: Clip) -> str:
    return " ".join(plain_words(clip.text))


def over_the_line(rng: np.random.Generator, sound: npt.NDArray[np.float32]) -> Pcm:
    level = rng.uniform(0.1, 0.6) / max(float(np.abs(sound).max()), 1e-6)
    padded = np.concatenate([_QUIET, sound * np.float32(level), _QUIET])
    noise = rng.normal(0.0, rng.choice([1e-4, 1e-3, 4e-3]), len(padded))
    return through_phone(from_float((padded + noise).astype(np.float32)))


class Grammars:
    """Grammars around a text: of other texts of all lengths, many of its own, or of the shipped profile."""

    def __init__(self, texts: set[str], draw: random.Random) -> None:
        self._draw = draw
        self._by_words: defaultdict[int, list[str]] = defaultdict(list)
        for text in sorted(texts):
            self._by_words[min(10, len(text.split()))].append(text)
        profile = default_profile()
        self._shipped = [consent_hints(profile).grammar, *(hints.grammar for hints in every_hints(profile))]

    def around(self, text: str) -> str:
        kind = self._draw.random()
        if kind < 0.25:
            return self._draw.choice(self._shipped)
        near = self._by_words[min(10, len(text.split()))]
        others = set(self._draw.sample(near, min(12, len(near))))
        for texts in self._by_words.values():
            others |= set(self._draw.sample(texts, min(4, len(texts))))
        sentences = sorted(others - {text}) + ([text] if kind < 0.75 else [])
        return f"#JSGF V1.0; grammar g; public <s> = {' | '.join(sentences)};"


def examples(folder: Path, count: int) -> Iterator[Example]:
    draw, rng = random.Random(7), np.random.default_rng(7)  # noqa: S311 - nothing secret
    bank = ClipBank(folder)
    network = MoonshineNetwork(files.usual_folder())
    usable = [clip for clip in bank.clips if clip.length < _LONGEST and re.fullmatch(r"[a-z' ]+", said_in(clip))]
    grammars = Grammars({said_in(clip) for clip in usable}, draw)
    for clip in track(draw.sample(usable, min(count, len(usable))), description="reading"):
        text, pcm = said_in(clip), over_the_line(rng, bank.sound(clip))
        grammar, voicing = grammars.around(text), Voicing()
        voicing.add(pcm)
        first, last = voicing.span()
        reading = read(network, pcm, (first * HOP, (last + 1) * HOP), grammar) if last > first else None
        known = features(reading) if reading else None
        if reading is None or reading.held is None or known is None:
            continue
        words = fitting(text_of(reading.held.pieces), compiled(grammar), whole=True)
        inside = bool(fitting(text, compiled(grammar), whole=True))
        yield Example(voice=clip.voice, features=known, inside=inside, right=inside and words == text)


def fitted(features_: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Intercept and weights of a logistic regression, lightly held back; (6,)."""
    mean, spread = features_.mean(0), features_.std(0)
    rows = torch.tensor(np.c_[np.ones(len(features_)), (features_ - mean) / spread])
    target = torch.tensor(right.astype(np.float64))
    weights = torch.zeros(rows.shape[1], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=300)

    def cost() -> float:
        optimiser.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(rows @ weights, target)
        (loss + 1e-3 * (weights[1:] ** 2).sum()).backward()
        return float(loss.detach())

    optimiser.step(cost)
    found = weights.detach().numpy()
    slopes = found[1:] / spread
    return np.r_[found[0] - (slopes * mean).sum(), slopes]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, default=Path(".data/tiny/clips"))
    parser.add_argument("--examples", type=int, default=1200)
    options = parser.parse_args()
    found = list(examples(options.clips, options.examples))
    rows, right = np.array([one.features for one in found]), np.array([one.right for one in found])
    inside = np.array([one.inside for one in found])
    half = np.array([zlib.crc32(str(one.voice).encode()) % 2 for one in found])
    sure = np.zeros(len(found))
    for part in (0, 1):  # each half of the voices is judged by the weights of the other
        weights = fitted(rows[half != part], right[half != part])
        sure[half == part] = 1.0 / (1.0 + np.exp(-(rows[half == part] @ weights[1:] + weights[0])))
    print(f"{len(found)} examples, {inside.sum()} in their grammar, of these {100 * right[inside].mean():.1f} % found")
    for least in (0.5, 0.8):
        taken = sure >= least
        print(
            f"from {least}: {100 * taken[right].mean():.1f} % of the found are kept, "
            f"{100 * taken[~inside].mean():.1f} % of other speech is taken for a sentence, "
            f"{100 * (~right)[taken & inside].mean():.1f} % of what is kept is wrong"
        )
    print("intercept and weights:", np.round(fitted(rows, right), 3))


if __name__ == "__main__":
    main()
