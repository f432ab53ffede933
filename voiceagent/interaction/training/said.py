"""Something said: its sound, its words, and how it is cut in two."""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from voiceagent.interaction.training.signals import Signal

UNKNOWN = "?"  # somebody says words, but nobody wrote them down
_FADE = 240  # samples: no click where a sentence is cut
_SHORTEST_SEARCH = 3200
_FRAME = 160  # samples
_QUIET = 0.03  # of the loudest frame: nothing is said there
_SHORTEST_GAP = 6  # frames
_AT_A_GAP = 0.5
_INTO_GAP = 4  # frames after which a gap is cut: the last sound has died away


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

    def place_to_pause(self, rng: Generator) -> int | None:
        """Where the voice itself makes a gap, mostly at a comma: what comes before sounds as if more will follow.

        Every other time; else, and where there is none, any place to cut. Prosody before a comma is what tells a pause
        from an end, and a sentence cut at a random word has none of it; but gaps are few, and easily learnt by heart.
        """
        places = [first + _INTO_GAP * _FRAME for first, _ in gaps_of(self.sound)]
        return int(rng.choice(places)) if places and rng.random() < _AT_A_GAP else self.place_to_cut(rng)

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


def gaps_of(sound: Signal) -> list[tuple[int, int]]:
    """From and to which sample the speaker is silent between the first and the last sound, 60 ms and more."""
    frames = sound[: len(sound) // _FRAME * _FRAME].reshape(-1, _FRAME)
    loudness = np.sqrt((frames**2).mean(axis=1))
    loud = np.flatnonzero(loudness > _QUIET * loudness.max(initial=0.0))
    silences = pairwise(loud)
    return [(int(last + 1) * _FRAME, int(first) * _FRAME) for last, first in silences if first - last > _SHORTEST_GAP]


def spelling(text: str) -> str:
    """A text as the caller-words stream spells it: lower-case letters, apostrophes and single spaces."""
    return " ".join(re.sub(r"[^a-z' ]", " ", text.lower()).split())


def _faded(sound: Signal) -> Signal:
    out = sound.copy()
    fade = min(_FADE, len(out))
    out[len(out) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return out
