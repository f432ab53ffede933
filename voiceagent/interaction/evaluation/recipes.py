"""What callers do in made scenarios a to e: sounds with the seconds at which they start, and the fields of the item."""

from collections.abc import Callable
from typing import Any, Final

from numpy.random import Generator

from voiceagent.audio.frame import SAMPLE_RATE_HZ
from voiceagent.interaction.training.behaviours import far_away
from voiceagent.interaction.training.channel import decibel
from voiceagent.interaction.training.clip_bank import ClipKind
from voiceagent.interaction.training.signals import Signal
from voiceagent.interaction.training.speakers import Speaker
from voiceagent.interaction.training.timing import pause_s

Made = tuple[list[tuple[float, Signal]], dict[str, Any]]
Recipe = Callable[[Generator, Speaker], Made]


def seconds(sound: Signal) -> float:
    return len(sound) / SAMPLE_RATE_HZ


def _turn_end(rng: Generator, caller: Speaker) -> Made:
    sound = caller.says(rng, ClipKind.TURN if rng.random() < 0.75 else ClipKind.ANSWER).sound
    start = float(rng.uniform(0.8, 1.8))
    return [(start, sound)], {"type": "turn_end", "speech_start": start, "speech_end": start + seconds(sound)}


def _pause(rng: Generator, caller: Speaker) -> Made:
    """A sentence interrupted by a silence, half of them with words that cannot end a sentence before it."""
    said = caller.says(rng, ClipKind.TURN)
    cut = said.place_to_cut(rng)
    parts = said.cut(cut) if cut else (caller.says(rng, ClipKind.UNFINISHED), said)
    first, second = parts[0].sound, parts[1].sound
    start, silence = float(rng.uniform(0.8, 1.8)), max(0.35, pause_s(rng))
    begin = start + seconds(first)
    fields = {"type": "pause", "speech_start": start, "pauses": [[begin, begin + silence]]}
    end = begin + silence + seconds(second)
    return [(start, first), (begin + silence, second)], {**fields, "speech_end": end}


def _over_agent(rng: Generator, sound: Signal) -> tuple[float, float]:
    onset = float(rng.uniform(2.5, 7.0))
    return onset, onset + seconds(sound)


def _barge_in(rng: Generator, caller: Speaker) -> Made:
    kind = (ClipKind.BARGE_IN, ClipKind.TURN, ClipKind.ACKNOWLEDGED)[int(rng.choice(3, p=(0.6, 0.25, 0.15)))]
    sound = caller.says(rng, kind).sound
    onset, end = _over_agent(rng, sound)
    return [(onset, sound)], {"type": "barge_in", "onset": onset, "speech_end": end, "kind": kind.value}


def _backchannel(rng: Generator, caller: Speaker) -> Made:
    sound = caller.says(rng, ClipKind.BACKCHANNEL).sound
    onset, end = _over_agent(rng, sound)
    return [(onset, sound)], {"type": "backchannel", "backchannels": [[onset, end, ""]], "speech_end": end}


def _side_talk(rng: Generator, caller: Speaker) -> Made:
    near = rng.random() < 0.5
    sound = caller.says(rng, ClipKind.TURN).sound
    gain_db = float(rng.uniform(-15, -8) if near else rng.uniform(-25, -15))
    onset, end = _over_agent(rng, sound)
    quiet = far_away(rng, sound) * decibel(gain_db)
    kind = "side_talk" if near else "background"
    return [(onset, quiet)], {"type": kind, "onset": onset, "speech_end": end, "gain_db": gain_db}


RECIPES: Final[dict[str, Recipe]] = {"a": _turn_end, "b": _pause, "c": _barge_in, "d": _backchannel, "e": _side_talk}
