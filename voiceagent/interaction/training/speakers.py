"""A speaker of one dialogue: a voice of the clip bank, shifted in pitch, formants and rate."""

from dataclasses import dataclass

import numpy as np
import soxr
from numpy.random import Generator

from voiceagent.interaction.training.clip_bank import ClipBank, ClipKind
from voiceagent.interaction.training.sounds import hum
from voiceagent.interaction.training.voices import Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """shift > 1 is a longer vocal tract: lower and slower."""

    bank: ClipBank
    voice: int
    shift: float

    def says(self, rng: Generator, kind: ClipKind) -> tuple[Signal, list[int]]:
        """Some clip of that kind and the samples at which its words begin (empty when not known)."""
        if kind is ClipKind.BACKCHANNEL and rng.random() < 0.3:
            return hum(rng), []
        clip = self.bank.draw(rng, self.voice, kind)
        sound = self.bank.sound(clip)
        if self.shift == 1.0:
            return sound, list(clip.word_starts)
        shifted: Signal = soxr.resample(sound, 1.0, self.shift, quality="QQ")
        return shifted, [int(word * self.shift) for word in clip.word_starts]


def draw_speaker(rng: Generator, bank: ClipBank, kind: ClipKind) -> Speaker:
    shift = 1.0 if rng.random() < 0.3 else float(np.round(rng.uniform(0.82, 1.22), 2))
    return Speaker(bank=bank, voice=bank.speaker(rng, kind), shift=shift)


def split(rng: Generator, sound: Signal, words: list[int]) -> int | None:
    """Where to interrupt a sentence for a pause: at a word's start, or at the quietest place; None when it is too
    short."""
    low, high = int(len(sound) * 0.2), int(len(sound) * 0.8)
    if high - low < 3200:
        return None
    inside = [word for word in words if low < word < high]
    if inside:
        return int(rng.choice(inside))
    begin = int(rng.integers(low, high - 3200))
    frames = sound[begin : begin + 3200].reshape(-1, 160)
    return begin + int((frames**2).sum(axis=1).argmin()) * 160 + 80
