"""Clips of speech, made once (clip_making.py) and kept in one memory-mapped file: mixing dialogues never waits for a
synthesiser."""

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from voiceagent.core.errors import ConfigError
from voiceagent.interaction.training.people import SOURCES
from voiceagent.interaction.training.signals import Signal


class ClipKind(StrEnum):
    TURN = "turn"
    UNFINISHED = "unfinished"
    FILLER = "filler"
    ANSWER = "answer"
    BACKCHANNEL = "backchannel"
    BARGE_IN = "barge_in"
    ACKNOWLEDGED = "acknowledged"  # a barge-in that begins like a backchannel
    AGENT = "agent"
    CLAUSE = "clause"  # a piece of a story, with more to come


# Who speaks how often: people pause as people do, what synthesisers say is written down, and espeak-ng never runs out.
PEOPLE_SHARE: Final = 0.45
_OTHERS: Final = {"made": 0.75, "espeak": 0.25}  # of the rest
_ENOUGH: Final = 200  # recorded clips of a kind; with fewer people speak less, or they would be learnt by heart


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """Where a clip lies in the file. word_starts: samples from the clip's start; text: what is said in it; both are
    empty when not known."""

    kind: ClipKind
    voice: int
    start: int
    length: int
    word_starts: tuple[int, ...] = ()
    text: str = ""


class ClipBank:
    """Reads a bank. Clips are found by voice and kind; `people` is how often people speak, in [0, 1).

    Raises ConfigError when there is no bank, or for a share that leaves nobody else.
    """

    def __init__(self, folder: Path, people: float = PEOPLE_SHARE) -> None:
        if not 0.0 <= people < 1.0:
            raise ConfigError(f"people cannot speak {people} of the time: take 0 to 0.9, they have no fillers")
        index = folder / "index.json"
        if not index.exists():
            raise ConfigError(
                f"there is no clip bank in {folder}; run `python -m voiceagent.interaction.training.render`"
            )
        held = json.loads(index.read_text())
        self.voices: list[str] = held["voices"]
        self._pcm = np.memmap(folder / "clips.i16", dtype=np.int16, mode="r")
        self._by: dict[tuple[int, ClipKind], list[Clip]] = {}
        for entry in held["clips"]:
            clip = Clip(**{**entry, "kind": ClipKind(entry["kind"]), "word_starts": tuple(entry["word_starts"])})
            self._by.setdefault((clip.voice, clip.kind), []).append(clip)
        self._speakers = {kind: sorted({v for v, k in self._by if k is kind}) for kind in ClipKind}
        self._shares = {"people": people, **{family: (1.0 - people) * share for family, share in _OTHERS.items()}}
        self._odds = {kind: self._odds_of(kind) for kind in ClipKind}

    def speaker(self, rng: Generator, kind: ClipKind) -> int:
        """Some voice that has clips of this kind: a family by its share, and in it one with four times the clips twice
        as often."""
        return int(rng.choice(self._speakers[kind], p=self._odds[kind]))

    def _odds_of(self, kind: ClipKind) -> npt.NDArray[np.float64]:
        families = np.array([_family(self._engine(voice)) for voice in self._speakers[kind]])
        clips = np.array([len(self._by[voice, kind]) for voice in self._speakers[kind]])
        recorded = clips[families == "people"].sum()
        shares = {**self._shares, "people": self._shares["people"] * min(1.0, recorded / _ENOUGH)}
        odds: npt.NDArray[np.float64] = np.sqrt(clips)
        for family, share in shares.items():
            own = families == family
            odds[own] *= share / max(odds[own].sum(), 1e-9)
        odds /= max(odds.sum(), 1e-9)
        return odds

    def has(self, voice: int, kind: ClipKind) -> bool:
        return (voice, kind) in self._by

    def _engine(self, voice: int) -> str:
        return self.voices[voice].split(":")[0]

    def draw(self, rng: Generator, voice: int, kind: ClipKind) -> Clip:
        """A clip of that voice, or of another voice where it has none of the kind."""
        clips = self._by.get((voice, kind)) or self._by[self.speaker(rng, kind), kind]
        return clips[int(rng.integers(len(clips)))]

    @property
    def clips(self) -> list[Clip]:
        """All of them, voice by voice."""
        return [clip for clips in self._by.values() for clip in clips]

    def sound(self, clip: Clip) -> Signal:
        pcm: npt.NDArray[np.int16] = self._pcm[clip.start : clip.start + clip.length]
        return pcm.astype(np.float32) / np.float32(32768.0)


def _family(engine: str) -> str:
    return engine if engine == "espeak" else "people" if engine in SOURCES else "made"
