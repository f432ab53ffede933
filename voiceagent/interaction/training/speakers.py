"""A speaker of one dialogue: a voice of the clip bank, shifted in pitch, formants and rate."""

from dataclasses import dataclass

import numpy as np
import soxr
from numpy.random import Generator

from voiceagent.interaction.training.clip_bank import ClipBank, ClipKind
from voiceagent.interaction.training.said import UNKNOWN, Said, spelling
from voiceagent.interaction.training.sounds import hum


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """shift > 1 is a longer vocal tract: lower and slower."""

    bank: ClipBank
    voice: int
    shift: float

    def has(self, kind: ClipKind) -> bool:
        """Whether the voice says such things itself; what it does not, another says."""
        return self.bank.has(self.voice, kind)

    def says(self, rng: Generator, kind: ClipKind) -> Said:
        """Some clip of that kind."""
        if kind is ClipKind.BACKCHANNEL and rng.random() < 0.3:
            return Said(sound=hum(rng), text="mm")
        clip = self.bank.draw(rng, self.voice, kind)
        sound = self.bank.sound(clip)
        if self.shift != 1.0:
            sound = soxr.resample(sound, 1.0, self.shift, quality="QQ")
        starts = tuple(int(word * self.shift) for word in clip.word_starts)
        return Said(sound=sound, text=spelling(clip.text) or UNKNOWN, starts=starts)


def draw_speaker(rng: Generator, bank: ClipBank, kind: ClipKind) -> Speaker:
    shift = 1.0 if rng.random() < 0.3 else float(np.round(rng.uniform(0.82, 1.22), 2))
    return Speaker(bank=bank, voice=bank.speaker(rng, kind), shift=shift)
