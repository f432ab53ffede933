"""What callers do when they have the floor. Each function writes on the timeline and returns where the caller is
done."""

import numpy as np
from numpy.random import Generator

from voiceagent.audio.frame import SAMPLE_RATE_HZ
from voiceagent.interaction.training.clip_bank import ClipKind
from voiceagent.interaction.training.signals import Signal
from voiceagent.interaction.training.sounds import event
from voiceagent.interaction.training.speakers import Speaker
from voiceagent.interaction.training.timeline import Timeline, samples
from voiceagent.interaction.training.timing import pause_s, taught_pause_s

_PATIENCE_S = 2.2  # a longer silence may be taken, whatever the sentence was
_DOUBT_FROM_S = 0.1  # in a silence: now it is decided whether it is a pause or an end
_SHORTEST_INVITATION_S = 0.4
_SETTLED_S = 0.2  # a turn end is a fact after this much silence
# A sentence, an answer, a hesitation, two sentences, a story
_TURNS = (0.28, 0.16, 0.32, 0.10, 0.14)


def turn(rng: Generator, line: Timeline, caller: Speaker, at: int) -> int:
    """Some complete turn."""
    match rng.choice(5, p=_TURNS):
        case 0:
            return line.caller_says(caller.says(rng, ClipKind.TURN), at)
        case 1:
            return line.caller_says(caller.says(rng, ClipKind.ANSWER), at)
        case 2:
            return hesitating(rng, line, caller, at)
        case 3:
            end = line.caller_says(caller.says(rng, ClipKind.TURN), at)
            gap = samples(rng.uniform(0.1, 0.6))
            line.unlearnt.append((end, end + gap))  # between two sentences anything may be right
            return line.caller_says(caller.says(rng, ClipKind.TURN), end + gap)
        case _:
            return narration(rng, line, caller, at)


def hesitating(rng: Generator, line: Timeline, caller: Speaker, at: int) -> int:
    """A sentence with pauses in it, fillers, or a false start."""
    if caller.has(ClipKind.FILLER) and rng.random() < 0.25:
        at = _pause(rng, line, caller, line.caller_says(caller.says(rng, ClipKind.FILLER), at))
    if rng.random() < 0.5:
        at = _pause(rng, line, caller, line.caller_says(caller.says(rng, ClipKind.UNFINISHED), at))
    rest = caller.says(rng, ClipKind.TURN)
    for _ in range(int(rng.integers(1, 3))):
        cut = rest.place_to_pause(rng)
        if cut is None:
            break
        first, rest = rest.cut(cut)
        at = _pause(rng, line, caller, line.caller_says(first, at))
    return line.caller_says(rest, at)


def narration(rng: Generator, line: Timeline, caller: Speaker, at: int) -> int:
    """A long story in pieces; a pause after a clause invites a backchannel, and none is an offer of the floor."""
    for _ in range(int(rng.integers(2, 5))):
        clause = rng.random() < 0.75
        said = caller.says(rng, ClipKind.CLAUSE if clause else ClipKind.UNFINISHED)
        at = _pause(rng, line, caller, line.caller_says(said, at), invites=clause)
    return line.caller_says(caller.says(rng, ClipKind.TURN), at)


def _pause(rng: Generator, line: Timeline, caller: Speaker, at: int, *, invites: bool = False) -> int:
    """A silence within the turn, perhaps with a filler in it. `invites`: a backchannel is welcome in it."""
    length = max(_SHORTEST_INVITATION_S, pause_s(rng)) if invites else taught_pause_s(rng)
    over = at + samples(length)
    line.hard.append((at + samples(_DOUBT_FROM_S), over))
    if length > _PATIENCE_S:
        line.unlearnt.append((at + samples(_PATIENCE_S), over))
    filled = caller.has(ClipKind.FILLER) and length > 0.7 and rng.random() < 0.35
    middle = at + samples(length * rng.uniform(0.2, 0.6)) if filled else over
    if invites:
        line.backchannels.append((at + samples(_SETTLED_S), middle))
    if filled:
        return line.caller_says(caller.says(rng, ClipKind.FILLER), middle) + samples(length * 0.3)
    return over


def surroundings(rng: Generator, line: Timeline, other: Speaker) -> None:
    """Side talk, a television and noises, wherever they fall: nobody's turn."""
    noises(rng, line, (0, line.length), per_second=0.035)
    if rng.random() < 0.35:
        at = int(rng.integers(line.length))
        for _ in range(int(rng.integers(1, 4))):
            at = side_talk(rng, line, other, at) + samples(rng.uniform(0.1, 1.0))
    if rng.random() < 0.3:  # a faint voice has a pitch as clear as a near one: only its level tells them apart
        at, gain = 0, np.float32(10 ** (rng.uniform(-28, -12) / 20))
        while at < line.length:
            sound = other.says(rng, ClipKind.TURN).sound
            at = line.mix(line.around, far_away(rng, sound) * gain, at) + samples(rng.uniform(0.05, 0.6))


def noises(rng: Generator, line: Timeline, span: tuple[int, int], per_second: float) -> None:
    """Noises at random places of a span."""
    begin, end = span[0], max(span[0] + 1, min(span[1], line.length))
    for _ in range(int(rng.poisson(per_second * (end - begin) / SAMPLE_RATE_HZ))):
        sound = event(rng) * np.float32(10 ** (rng.uniform(-22, 2) / 20))
        line.mix(line.around, sound, int(rng.integers(begin, end)))


def side_talk(rng: Generator, line: Timeline, other: Speaker, at: int) -> int:
    """Somebody near the caller says something that is not meant for us; where it ends."""
    gain = np.float32(10 ** (rng.uniform(-22, -5) / 20))
    sound = other.says(rng, ClipKind.TURN).sound
    return line.mix(line.around, far_away(rng, sound) * gain, at)


def far_away(rng: Generator, sound: Signal) -> Signal:
    """Somebody who stands away from the handset: dull, with reflections."""
    width = int(rng.integers(1, 7))
    dull = np.convolve(sound, np.full(width, 1.0 / width, np.float32), mode="same")
    out = dull.copy()
    for delay_ms, gain in ((rng.uniform(15, 60), rng.uniform(0.2, 0.6)), (rng.uniform(60, 150), rng.uniform(0.1, 0.4))):
        delay = int(delay_ms * 16)
        out[delay:] += dull[: len(dull) - delay] * np.float32(gain)
    return out.astype(np.float32)
