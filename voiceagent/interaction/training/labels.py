"""From a timeline to what is learnt from it, one row a micro-turn."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voiceagent.interaction.model.heads import FloorAct
from voiceagent.interaction.presets import MAX_WORDS_PER_TURN, ModelConfig
from voiceagent.interaction.training.signals import Bytes
from voiceagent.interaction.training.spelled import letters_in_order, letters_in_place
from voiceagent.interaction.training.timeline import Span, Timeline

UNLEARNT = 255
HARD = 1  # weight class of `Targets.weight`: mistakes are made here


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """features (T, 3); floor (T,) FloorAct or 255; backchannel (T,) 1 where one is welcome, 255 where nothing is
    learnt about that; weight (T,) 0 plain or 1 hard; activity (T * frames, 2) caller, agent; words (WORDS,) the
    caller's letters as classes, then zeros; heard (1,) the micro-turns in which these are spoken, 0 when they are not
    known; spelled (T * letters_per_turn,) the same letters where they belong, 255 where that is not known."""

    features: Bytes
    floor: Bytes
    backchannel: Bytes
    weight: Bytes
    activity: Bytes
    words: Bytes
    heard: npt.NDArray[np.uint16]
    spelled: Bytes


def features_of(line: Timeline, config: ModelConfig) -> Bytes:
    """(T, 3): agent words begun, more to say, agent sounding; as the session reports them at run time."""
    turn = config.turn_samples
    count = line.length // turn
    features = np.zeros((count, 3), np.uint8)
    for word in line.word_starts:
        if word // turn < count:
            features[word // turn, 0] += 1
    features[:, 0] = np.minimum(features[:, 0], MAX_WORDS_PER_TURN)
    for begin, end in line.more_to_say:  # every micro-turn that begins in the utterance and does not finish it
        features[begin // turn : max(begin, end - 1) // turn, 1] = 1
    features[:, 2] = np.abs(line.agent[: count * turn].reshape(count, turn)).max(axis=1) > 0.0005
    return features


def targets_of(line: Timeline, config: ModelConfig) -> Targets:
    turn, hop = config.turn_samples, config.hop_samples
    features = features_of(line, config)
    ends = (np.arange(len(features)) + 1) * turn  # what a micro-turn knows lies before its end
    speaking = (features[:, 1] > 0) | (features[:, 2] > 0)
    floor = np.full(len(features), FloorAct.LISTEN, np.uint8)
    floor[_within(ends, line.takes) & ~speaking] = FloorAct.SPEAK
    floor[_within(ends, line.yields) & speaking] = FloorAct.YIELD
    floor[_within(ends, line.unlearnt)] = UNLEARNT
    floor[speaking & (features[:, 1] == 0)] = UNLEARNT  # the natural end of an utterance is no yield
    backchannel = np.where(floor == UNLEARNT, UNLEARNT, _within(ends, line.backchannels)).astype(np.uint8)
    backchannel[speaking] = UNLEARNT  # who speaks gives no signs of listening
    weight = np.where(_within(ends, line.hard), HARD, 0).astype(np.uint8)
    middles = np.arange(len(features) * config.frames_per_turn) * hop + hop // 2
    activity = np.stack([_within(middles, line.caller_speech), _within(middles, line.agent_speech)], axis=1)
    words, heard = letters_in_order(line, len(features), turn)
    letters = config.letters_per_turn
    return Targets(
        features=features,
        floor=floor,
        backchannel=backchannel,
        weight=weight,
        activity=activity.astype(np.uint8),
        words=words,
        heard=np.array([heard], np.uint16),
        spelled=letters_in_place(line, len(features) * letters, turn // letters),
    )


def _within(points: npt.NDArray[np.int64], spans: list[Span]) -> npt.NDArray[np.bool_]:
    inside = np.zeros(len(points), np.bool_)
    for begin, end in spans:
        inside |= (points > begin) & (points <= end)
    return inside
