"""Makes a bank of clips: synthesisers say what a grammar and novels give them, recordings are cut into clips."""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from rich.progress import track

from voiceagent.audio.frame import SAMPLE_RATE_HZ, from_float
from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.core.errors import ConfigError
from voiceagent.interaction.training import people, phrases
from voiceagent.interaction.training.clip_bank import Clip, ClipKind
from voiceagent.interaction.training.clips_of_a_voice import MadeClip, keep, kept
from voiceagent.interaction.training.said import gaps_of, spelling
from voiceagent.interaction.training.signals import Signal, trimmed
from voiceagent.interaction.training.spoken_on import spoken_on
from voiceagent.interaction.training.voices import CastVoice, say
from voiceagent.speech.moonshine.recogniser import MoonshineRecogniser

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

_LISTENING: Final = frozenset(spelling(text) for text in phrases.BACKCHANNELS)
_BREATH: Final = np.zeros(SAMPLE_RATE_HZ // 5, np.float32)  # before and after what is read
_QUIET: Final = 0.03  # of the loudest frame of a recording: its noise is no speech
_SHORT_S, _PAUSE_S, _BEGUN_S, _DYING_AWAY_S = 1.25, 0.15, 0.6, 0.04


def build(folder: Path, *, seed: int, voices: list[CastVoice], novels: phrases.Texts = (), processes: int = 1) -> None:
    """Make the bank of `folder` unless it is there; the same seed, voices and novels always make the same bank.

    Stopped, it goes on with the voices that are not made yet. Raises ConfigError for a bank of other voices or another
    seed, and whatever is missing, before the long work begins.
    """
    plan = {"seed": seed, "voices": [voice.label for voice in voices]}
    if (folder / "index.json").exists():
        _check_same(folder, json.loads((folder / "index.json").read_text()), plan)
        return
    _check(voices)
    begun = folder / "voices"
    begun.mkdir(parents=True, exist_ok=True)
    if (begun / "plan.json").exists():
        _check_same(folder, json.loads((begun / "plan.json").read_text()), plan)
    (begun / "plan.json").write_text(json.dumps(plan))
    paths = [begun / f"{number:04d}.npz" for number in range(len(voices))]
    with ProcessPoolExecutor(processes) as pool:
        seeds = [(seed, number) for number in range(len(voices))]
        made = pool.map(partial(_make_voice, novels), paths, seeds, voices)
        for _ in track(made, description="clips", total=len(voices)):
            pass
    clips = _joined(paths, folder / "clips.i16")
    (folder / "index.json").write_text(json.dumps({**plan, "clips": [asdict(clip) for clip in clips]}))
    shutil.rmtree(begun)


def _check_same(folder: Path, there: dict[str, Any], plan: dict[str, Any]) -> None:
    if {name: there.get(name) for name in plan} != plan:
        raise ConfigError(
            f"the clips in {folder} are of other voices or another seed: take another folder, or remove this one"
        )


def _joined(paths: list[Path], into: Path) -> list[Clip]:
    clips: list[Clip] = []
    position = 0
    with into.open("wb") as file:
        for number, path in enumerate(paths):
            for made in kept(path):
                file.write(made.pcm.astype("<i2").tobytes())
                clips.append(
                    Clip(
                        kind=made.kind,
                        voice=number,
                        start=position,
                        length=len(made.pcm),
                        word_starts=made.word_starts,
                        text=made.text,
                    )
                )
                position += len(made.pcm)
    return clips


def _check(voices: list[CastVoice]) -> None:
    """That recordings and the recogniser are there, which come last."""
    recorded = [voice for voice in voices if voice.engine in people.SOURCES]
    for voice in recorded:
        next(people.recordings(voice.engine, voice.name))
    if recorded:
        words_heard()


def _make_voice(novels: phrases.Texts, path: Path, seed: tuple[int, int], voice: CastVoice) -> None:
    """Everything one voice says, without what is too short or too long to be of use."""
    if path.exists():
        return
    made = _clips_of(np.random.default_rng(seed), voice, novels)
    long_enough = (clip for clip in made if 1600 <= len(clip[1]) <= 16_000 * 20)
    clips = [
        MadeClip(kind=kind, pcm=from_float(sound), word_starts=tuple(marks), text=text)
        for kind, sound, marks, text in long_enough
    ]
    keep(path, clips)


def _clips_of(
    rng: Generator, voice: CastVoice, novels: phrases.Texts
) -> Iterator[tuple[ClipKind, Signal, list[int], str]]:
    if voice.engine in people.SOURCES:
        words = words_heard() if people.speaks_english(voice.engine, voice.name) else None
        for recording in people.recordings(voice.engine, voice.name):
            for kind, sound in recorded_clips(recording, words):
                yield kind, sound, [], ""
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


def recorded_clips(recording: Signal, words_of: Callable[[Signal], str] | None) -> Iterator[tuple[ClipKind, Signal]]:
    """What one line of a person can stand for: a turn and, up to each pause of its speaker's, something unfinished.

    A short one is an answer, and its words decide whether it would be a backchannel or an interruption. Of a cry or a
    laugh, which has none, nobody knows; nor of a language that is not understood (`words_of` is None).
    """
    sound, _ = trimmed(recording, [], _QUIET)
    if len(sound) >= _SHORT_S * SAMPLE_RATE_HZ:
        yield ClipKind.TURN, sound
        yield from _unfinished(sound)
    elif words_of is None:
        yield ClipKind.ANSWER, sound
    elif words := words_of(sound):
        yield ClipKind.ANSWER, sound
        yield (ClipKind.BACKCHANNEL if words in _LISTENING else ClipKind.BARGE_IN), sound


def _unfinished(sound: Signal) -> Iterator[tuple[ClipKind, Signal]]:
    for first, last in gaps_of(sound):
        if last - first >= _PAUSE_S * SAMPLE_RATE_HZ and first > _BEGUN_S * SAMPLE_RATE_HZ:
            begun = sound[: first + int(_DYING_AWAY_S * SAMPLE_RATE_HZ)]
            yield ClipKind.UNFINISHED, begun
            yield ClipKind.CLAUSE, begun


def words_heard() -> Callable[[Signal], str]:
    """What the recogniser of calls makes of a recording: English words as `spelling` writes them, "" for none. Raises
    ConfigError when its files are missing."""
    recogniser = MoonshineRecogniser.load(RecogniserChoice(name="moonshine"))

    def words_of(sound: Signal) -> str:
        utterance = recogniser.listen("en", "")
        utterance.add(from_float(np.concatenate([_BREATH, sound, _BREATH])))
        return spelling(utterance.finish().text)

    return words_of
