"""Writes one dialogue: who speaks when, and what an ideal listener would have wished at every moment.

The two traps of learning a floor from made data are avoided here (design, section 5): a wish to speak lasts from 0.2
s after a complete
turn until the agent really starts, and that start is random; a wish to yield lasts from 0.25 s after a barge-in's
onset until the
agent really stops, and that stop is random. So neither wish can be read off the agent's own stream.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from voiceagent.interaction.training import behaviours
from voiceagent.interaction.training.clip_bank import ClipBank, ClipKind
from voiceagent.interaction.training.said import Said
from voiceagent.interaction.training.signals import Signal
from voiceagent.interaction.training.sounds import event
from voiceagent.interaction.training.speakers import Speaker, draw_speaker
from voiceagent.interaction.training.timeline import Timeline, samples
from voiceagent.interaction.training.timing import agent_delay_s, agent_stop_delay_s, floor_transfer_offset_s

_TAKE_AFTER_S = 0.2
_DOUBT_S = 1.0  # how long a turn's end may be taken for a pause: these moments are weighted like pauses
_YIELD_AFTER_S = 0.25
_YIELD_AFTER_ACK_S = 0.6  # "yeah, but ...": not before the "but"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    caller: Speaker
    agent: Speaker
    other: Speaker


def write_dialogue(rng: Generator, bank: ClipBank, length: int) -> Timeline:
    """A dialogue of `length` samples."""
    line = Timeline(length=length)
    cast = Cast(
        caller=draw_speaker(rng, bank, ClipKind.TURN),
        agent=draw_speaker(rng, bank, ClipKind.AGENT),
        other=draw_speaker(rng, bank, ClipKind.TURN),  # drawn like callers: nothing but distance tells them apart
    )
    match rng.choice(3, p=(0.55, 0.30, 0.15)):
        case 0:
            _conversation(rng, line, cast)
        case 1:
            _monologue(rng, line, cast)
        case _:
            _patience(rng, line, cast)
    behaviours.surroundings(rng, line, cast.other)
    return line


def _conversation(rng: Generator, line: Timeline, cast: Cast) -> None:
    """Agent and caller take turns, interrupt each other and hesitate, as calls go."""
    at = samples(rng.uniform(0.1, 1.2))
    if rng.random() < 0.15:  # nobody for a long time: noises alone are no turn
        at = samples(rng.uniform(4.0, 20.0))
        behaviours.noises(rng, line, (0, at), per_second=0.25)
    if rng.random() < 0.35:
        at = _caller_turn(rng, line, cast, at + samples(rng.uniform(0.1, 3.0)))
    while at < line.length:
        at = _exchange(rng, line, cast, at)


def _monologue(rng: Generator, line: Timeline, cast: Cast) -> None:
    """The agent talks on whatever happens: many small events to tell apart, so that each example teaches more."""
    at = samples(rng.uniform(0.0, 1.0))
    pieces, words = _agent_pieces(rng, cast, line.length - at)
    line.agent_says(np.concatenate(pieces), words, at)
    at += samples(rng.uniform(0.4, 2.0))
    while at < line.length:
        if rng.random() < 0.4:
            end = _unheard_barge_in(rng, line, cast, at)
        else:
            end = _event(rng, line, cast, (at, line.length))
        at = end + samples(0.7 + rng.exponential(0.8))


def _patience(rng: Generator, line: Timeline, cast: Cast) -> None:
    """The caller talks, turn after turn, and the agent never answers."""
    at = samples(rng.uniform(0.1, 3.0))
    while at < line.length:
        done = behaviours.turn(rng, line, cast.caller, at)
        at = done + samples(rng.uniform(0.6, 2.5))
        line.unlearnt.append((done - samples(0.06), done + samples(_TAKE_AFTER_S)))
        line.takes.append((done + samples(_TAKE_AFTER_S), at))
        line.hard.append((done + samples(_TAKE_AFTER_S), done + samples(_TAKE_AFTER_S + _DOUBT_S)))


def _exchange(rng: Generator, line: Timeline, cast: Cast, at: int) -> int:
    """The agent's utterance and what the caller makes of it; when the agent starts next."""
    end = _agent_utterance(rng, line, cast, at)
    barge_in = at + samples(rng.uniform(0.3, 9.0)) if rng.random() < 0.75 else end
    last_event = min(barge_in, end)
    _overlaps(rng, line, cast, (at, last_event))
    if barge_in < end - samples(0.7):
        return _barge_in(rng, line, cast, barge_in, end)
    if rng.random() < 0.85:
        onset = max(end + samples(floor_transfer_offset_s(rng)), at + samples(0.5))
    else:  # no answer for a while
        onset = end + samples(rng.uniform(1.5, 12.0))
        behaviours.noises(rng, line, (end, onset), per_second=0.2)
    if onset < end:
        line.unlearnt.append((onset, end))
    return _caller_turn(rng, line, cast, onset)


def _agent_utterance(rng: Generator, line: Timeline, cast: Cast, at: int) -> int:
    pieces, words = _agent_pieces(rng, cast, samples(rng.choice((0.1, 5.0))))
    return line.agent_says(np.concatenate(pieces[:-1]), words, at)


def _agent_pieces(rng: Generator, cast: Cast, at_least: int) -> tuple[list[Signal], list[int]]:
    """Sentences with gaps between them, at least that many samples together, and where the words begin."""
    pieces: list[Signal] = []
    words: list[int] = []
    length = 0
    gain = np.float32(rng.uniform(0.5, 1.3))
    while length < at_least:
        said = cast.agent.says(rng, ClipKind.AGENT)
        sound = said.sound
        words += [length + start for start in said.starts or range(0, len(sound), samples(0.35))]
        gap = np.zeros(samples(rng.uniform(0.1, 0.4)), np.float32)
        pieces += [sound * gain, gap]
        length += len(sound) + len(gap)
    return pieces, words


def _overlaps(rng: Generator, line: Timeline, cast: Cast, span: tuple[int, int]) -> None:
    """Backchannels, side talk and noises while the agent speaks: it goes on talking."""
    at = span[0] + samples(rng.exponential(1.5))
    while at < span[1] - samples(0.4):
        at = _event(rng, line, cast, (at, span[1])) + samples(0.5 + rng.exponential(2.2))


def _event(rng: Generator, line: Timeline, cast: Cast, span: tuple[int, int]) -> int:
    """One thing that must not stop the agent, at the start of the span; where it ends."""
    at, kind = span[0], rng.random()
    if kind < 0.62:
        said = cast.caller.says(rng, ClipKind.BACKCHANNEL)
        end = line.caller_says(said.louder(rng.uniform(0.4, 1.1)), at)
    elif kind < 0.86:
        end = min(behaviours.side_talk(rng, line, cast.other, at), span[1])
    else:
        end = line.mix(line.around, event(rng) * np.float32(rng.uniform(0.1, 1.0)), at)
    line.hard.append((at, end + samples(0.6)))
    if rng.random() < 0.35:  # ducked, as the floor policy may do before it is sure
        _duck(line, at + samples(rng.uniform(0.1, 0.35)), at + samples(rng.uniform(0.5, 1.2)))
    return end


def _unheard_barge_in(rng: Generator, line: Timeline, cast: Cast, at: int) -> int:
    """The caller wants the floor, does not get it and gives up: the wish outlives the words for a moment."""
    said, sure = _interruption(rng, cast, at)
    end = line.caller_says(said, at)
    if rng.random() < 0.35:
        _duck(line, at + samples(rng.uniform(0.15, 0.5)), end)
    wished = max(end, sure) + samples(0.4)
    line.unlearnt += [(at, sure), (wished, wished + samples(0.8))]
    line.yields.append((sure, wished))
    return wished + samples(0.5)


def _interruption(rng: Generator, cast: Cast, at: int) -> tuple[Said, int]:
    """Words that take the floor, spoken at `at`, and from when on an ideal listener is sure of it."""
    kinds = (ClipKind.BARGE_IN, ClipKind.ACKNOWLEDGED, ClipKind.TURN)
    kind = kinds[int(rng.choice(3, p=(0.60, 0.13, 0.27)))]
    said = cast.caller.says(rng, kind)
    return said, at + samples(_YIELD_AFTER_ACK_S if kind is ClipKind.ACKNOWLEDGED else _YIELD_AFTER_S)


def _barge_in(rng: Generator, line: Timeline, cast: Cast, at: int, agent_end: int) -> int:
    said, sure = _interruption(rng, cast, at)
    done = line.caller_says(said, at)
    stop = min(agent_end, max(at + samples(agent_stop_delay_s(rng)), sure))
    if rng.random() < 0.5:
        _duck(line, at + samples(rng.uniform(0.15, 0.5)), stop)
    line.cut_agent(stop)
    line.unlearnt.append((at, sure))
    line.yields.append((sure, stop))
    opener = len(said.sound) < samples(1.3)
    if rng.random() < 0.5:
        gap = samples(rng.uniform(0.1, 0.9))
        line.unlearnt.append((done, done + gap))
        done, opener = behaviours.turn(rng, line, cast.caller, done + gap), False
    if opener:  # "no, wait" and nothing more: whose turn it is becomes clear later
        line.unlearnt.append((done, done + samples(1.0)))
        done += samples(1.0)
    return _wait_for_agent(rng, line, cast, max(done, stop))


def _caller_turn(rng: Generator, line: Timeline, cast: Cast, at: int) -> int:
    return _wait_for_agent(rng, line, cast, behaviours.turn(rng, line, cast.caller, at))


def _wait_for_agent(rng: Generator, line: Timeline, cast: Cast, done: int) -> int:
    """The turn is complete at `done`: the agent should speak until it does, or until the caller goes on."""
    clear = done + samples(_TAKE_AFTER_S)
    line.unlearnt.append((done - samples(0.06), clear))
    line.hard.append((clear, clear + samples(_DOUBT_S)))
    if rng.random() < 0.12:
        resumed = done + samples(rng.uniform(0.5, 2.5))
        line.takes.append((clear, resumed))
        return _wait_for_agent(rng, line, cast, behaviours.turn(rng, line, cast.caller, resumed))
    start = done + samples(agent_delay_s(rng))
    line.takes.append((clear, start))
    return start


def _duck(line: Timeline, begin: int, end: int) -> None:
    line.agent[begin:end] *= np.float32(0.25)
