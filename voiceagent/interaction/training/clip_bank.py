"""Clips of speech, made once and kept in one memory-mapped file: mixing dialogues never waits for a synthesiser."""

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.random import Generator
from rich.progress import track

from voiceagent.audio.frame import Pcm, from_float
from voiceagent.core.errors import ConfigError
from voiceagent.interaction.training import phrases
from voiceagent.interaction.training.spoken_on import spoken_on
from voiceagent.interaction.training.voices import PROMPTS, CastVoice, Signal, read_wav, say, trimmed

# Prompts that are kept for judging (they are part of a development set) or that are no speech or no sentence.
_NO_PROMPTS: Final = frozenset(
    {
        "agent-incorrect", "agent-newlocation", "agent-pass", "all-circuits-busy-now", "auth-incorrect",
        "call-fwd-no-ans", "conf-getpin", "cannot-complete-as-dialed", "conf-invalid", "demo-thanks", "dir-nomatch",
        "feature-not-avail-line", "im-sorry", "invalid", "vm-intro", "number-not-answering", "one-moment-please",
        "pls-hold-while-try", "queue-thankyou", "ss-noservice", "tt-allbusy", "vm-incorrect", "tt-somethingwrong",
        "vm-goodbye", "vm-mailboxfull", "vm-msgsaved", "vm-newuser", "vm-nobodyavail", "vm-passchanged",
        "vm-whichbox", "vm-tempgreetactive", "ascending-2tone", "descending-2tone", "beep", "beeperr", "tt-monkeys",
        "tt-weasels", "confbridge-binaural-off", "confbridge-binaural-on",
    }
)  # fmt: skip


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


_SHORT: Final = {
    ClipKind.FILLER: phrases.FILLERS,
    ClipKind.ANSWER: phrases.ANSWERS,
    ClipKind.BACKCHANNEL: phrases.BACKCHANNELS,
}
_WITH_MORE: Final = {ClipKind.UNFINISHED: phrases.unfinished, ClipKind.CLAUSE: phrases.clause}
# Clips of each kind per voice.
_COUNTS: Final = {
    ClipKind.TURN: 40,
    ClipKind.UNFINISHED: 14,
    ClipKind.FILLER: 7,
    ClipKind.ANSWER: 14,
    ClipKind.BACKCHANNEL: 18,
    ClipKind.BARGE_IN: 22,
    ClipKind.ACKNOWLEDGED: 5,
    ClipKind.AGENT: 8,
    ClipKind.CLAUSE: 14,
}
# Take most of the voices that sound like people, as far as their speed allows: Kokoro makes 1.4 s in a second, the
# others 20 to 700. What is heard often can be learnt by heart, instead of how sentences end.
_SHARE: Final = {
    "espeak": 2.0, "flite": 5.0, "festival": 2.0, "rhvoice": 5.0, "pico": 8.0, "heart": 40.0, "kokoro": 0.23
}  # fmt: skip


_PEOPLE_SHARE: Final = 0.65


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
    """Reads a bank. Clips are found by voice and kind."""

    def __init__(self, folder: Path) -> None:
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

    def speaker(self, rng: Generator, kind: ClipKind) -> int:
        """Some voice that has clips of this kind; those that sound like people are drawn more often than their share,
        and one with four times the clips twice as often."""
        voices = self._speakers[kind]
        people = [v for v in voices if not self.voices[v].startswith("espeak")]
        if people and rng.random() < _PEOPLE_SHARE:
            weights = np.sqrt([len(self._by[v, kind]) for v in people])
            return int(rng.choice(people, p=weights / weights.sum()))
        return int(rng.choice(voices))

    def has(self, voice: int, kind: ClipKind) -> bool:
        return (voice, kind) in self._by

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


def build(folder: Path, *, seed: int, voices: list[CastVoice], novels: phrases.Texts = (), processes: int = 1) -> None:
    """Make the bank of `folder` unless it is there; the same seed, voices and novels always make the same bank."""
    if (folder / "index.json").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    clips: list[Clip] = []
    position = 0
    with (folder / "clips.i16").open("wb") as file, ProcessPoolExecutor(processes) as pool:
        jobs = pool.map(partial(_voice_clips, novels), [(seed, number) for number in range(len(voices))], voices)
        for number, made in enumerate(track(jobs, description="clips", total=len(voices))):
            for kind, pcm, marks, text in made:
                file.write(pcm.astype("<i2").tobytes())
                clips.append(
                    Clip(kind=kind, voice=number, start=position, length=len(pcm), word_starts=tuple(marks), text=text)
                )
                position += len(pcm)
    index = {"seed": seed, "voices": [v.label for v in voices], "clips": [asdict(clip) for clip in clips]}
    (folder / "index.json").write_text(json.dumps(index))


def _voice_clips(
    novels: phrases.Texts, seed: tuple[int, int], voice: CastVoice
) -> list[tuple[ClipKind, Pcm, list[int], str]]:
    """Everything one voice says, without what is too short or too long to be of use."""
    made = _clips_of(np.random.default_rng(seed), voice, novels)
    long_enough = (clip for clip in made if 1600 <= len(clip[1]) <= 16_000 * 20)
    return [(kind, from_float(sound), marks, text) for kind, sound, marks, text in long_enough]


def _clips_of(
    rng: Generator, voice: CastVoice, novels: phrases.Texts
) -> Iterator[tuple[ClipKind, Signal, list[int], str]]:
    if voice.engine == "prompts":
        for path in sorted(PROMPTS.glob("*.wav")):
            if path.stem not in _NO_PROMPTS:
                sound, marks = trimmed(read_wav(path.read_bytes()), [])
                yield (ClipKind.TURN if len(sound) > 20_000 else ClipKind.BARGE_IN), sound, marks, ""
        return
    for kind, count in _COUNTS.items():
        for _ in range(int(count * _SHARE[voice.engine])):
            if kind in _WITH_MORE:
                begin, rest = _WITH_MORE[kind](rng, novels)
                yield kind, *spoken_on(voice, begin, rest), begin
            else:
                text = _text_of(rng, kind, novels)
                yield kind, *say(voice, text), text


def _text_of(rng: Generator, kind: ClipKind, novels: phrases.Texts) -> str:
    match kind:
        case ClipKind.TURN:
            return phrases.caller_sentence(rng, novels)
        case ClipKind.BARGE_IN:
            opening = phrases.one_of(rng, phrases.BARGE_INS)
            return opening if rng.random() < 0.6 else f"{opening} {phrases.caller_sentence(rng, novels)}"
        case ClipKind.ACKNOWLEDGED:
            return f"{phrases.one_of(rng, phrases.ACKNOWLEDGED_BARGE_INS)} {phrases.caller_sentence(rng, novels)}"
        case ClipKind.AGENT:
            return phrases.agent_sentences(rng)
        case _:
            return phrases.one_of(rng, _SHORT[kind])
