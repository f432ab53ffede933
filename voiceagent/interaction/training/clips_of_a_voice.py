"""What one voice has said, kept until the bank is whole: making all voices takes an hour, and may be stopped."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voiceagent.audio.frame import Pcm
from voiceagent.interaction.training.clip_bank import ClipKind


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeClip:
    """A clip that has no place in a bank yet. word_starts: samples from its start."""

    kind: ClipKind
    pcm: Pcm
    word_starts: tuple[int, ...]
    text: str


def keep(path: Path, clips: Sequence[MadeClip]) -> None:
    """All or nothing, whenever the process ends."""
    about = [[clip.kind, len(clip.pcm), clip.word_starts, clip.text] for clip in clips]
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        np.savez(
            file, pcm=np.concatenate([np.zeros(0, np.int16), *(clip.pcm for clip in clips)]), about=json.dumps(about)
        )
    beside.replace(path)


def kept(path: Path) -> list[MadeClip]:
    """The inverse of `keep`."""
    with np.load(path) as held:
        pcm, about = held["pcm"], json.loads(str(held["about"]))
    clips: list[MadeClip] = []
    start = 0
    for kind, length, word_starts, text in about:
        sound = pcm[start : start + length]
        clips.append(MadeClip(kind=ClipKind(kind), pcm=sound, word_starts=tuple(word_starts), text=text))
        start += length
    return clips
