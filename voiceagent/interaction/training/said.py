"""Something said: its sound, its words, and how it is cut in two."""

import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from voiceagent.interaction.training.voices import Signal

UNKNOWN = "?"  # somebody says words, but nobody wrote them down
_FADE = 240  # samples: no click where a sentence is cut
_SHORTEST_SEARCH = 3200


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """sound (samples,); text: lower-case words, or UNKNOWN; starts: where words begin (samples), empty if not known."""

    sound: Signal
    text: str = UNKNOWN
    starts: tuple[int, ...] = ()

    def louder(self, gain: float) -> "Said":
        return replace(self, sound=self.sound * np.float32(gain))

    def place_to_cut(self, rng: Generator) -> int | None:
        """A word's start in the middle, or the quietest place there; None when it is too short."""
        low, high = int(len(self.sound) * 0.2), int(len(self.sound) * 0.8)
        if high - low < _SHORTEST_SEARCH:
            return None
        inside = [word for word in self.starts if low < word < high]
        if inside:
            return int(rng.choice(inside))
        begin = int(rng.integers(low, high - _SHORTEST_SEARCH))
        frames = self.sound[begin : begin + _SHORTEST_SEARCH].reshape(-1, 160)
        return begin + int((frames**2).sum(axis=1).argmin()) * 160 + 80

    def cut(self, at: int) -> tuple["Said", "Said"]:
        """Before and after sample `at`. Words are shared out by their starts, or by length if those are not known."""
        words = self.text.split()
        known = len(words) == len(self.starts)
        before = sum(start < at for start in self.starts) if known else round(len(words) * at / len(self.sound))
        first = Said(
            sound=_faded(self.sound[:at]),
            text=UNKNOWN if self.text == UNKNOWN else " ".join(words[:before]),
            starts=tuple(start for start in self.starts if start < at),
        )
        second = Said(
            sound=self.sound[at:],
            text=UNKNOWN if self.text == UNKNOWN else " ".join(words[before:]),
            starts=tuple(start - at for start in self.starts if start >= at),
        )
        return first, second


def spelling(text: str) -> str:
    """A text as the caller-words stream spells it: lower-case letters, apostrophes and single spaces."""
    return " ".join(re.sub(r"[^a-z' ]", " ", text.lower()).split())


def _faded(sound: Signal) -> Signal:
    out = sound.copy()
    fade = min(_FADE, len(out))
    out[len(out) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return out
