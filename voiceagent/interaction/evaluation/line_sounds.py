"""Scenario g: what is on a line when nobody speaks. Each type is an item of its own, so that false speech can be read
per type."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.random import Generator

from voiceagent.audio.frame import SAMPLE_RATE_HZ
from voiceagent.interaction.evaluation.recipes import Made, seconds
from voiceagent.interaction.training import sounds
from voiceagent.interaction.training.channel import decibel
from voiceagent.interaction.training.signals import Signal


def _silence(rng: Generator) -> Signal:
    return np.zeros(int(rng.uniform(3.0, 8.0) * SAMPLE_RATE_HZ), np.float32)


def _hiss(rng: Generator) -> Signal:
    """A noisy line or a street, -45 to -25 dBFS."""
    length = int(rng.uniform(3.0, 8.0) * SAMPLE_RATE_HZ)
    return sounds.shaped_noise(rng, length, float(rng.uniform(0.0, 1.0))) * decibel(float(rng.uniform(-45, -25)))


# seconds of sound, and how many of them an item has at most
TYPES: Final[dict[str, tuple[Callable[[Generator], Signal], int]]] = {
    "silence": (_silence, 1),
    "noise": (_hiss, 1),
    "cough": (sounds.cough, 3),
    "click": (sounds.click, 3),
    "dtmf": (sounds.dtmf, 2),
    "music": (sounds.music, 1),
    "ringback": (sounds.ringback, 3),
}


def line_sound(rng: Generator, kind: str) -> Made:
    """One item of that type; repeated sounds are at least a second apart."""
    make, most = TYPES[kind]
    at = float(rng.uniform(0.5, 2.5))
    placed = []
    for _ in range(int(rng.integers(1, most + 1))):
        sound = make(rng)
        placed.append((at, sound))
        at += seconds(sound) + float(rng.uniform(1.0, 2.5))
    return placed, {"type": kind, "speech_end": max(start + seconds(sound) for start, sound in placed)}
