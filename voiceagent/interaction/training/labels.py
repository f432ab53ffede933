"""From a timeline to what is learnt from it, one row a micro-turn."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voiceagent.interaction.model.heads import FloorAct
from voiceagent.interaction.model.letters import encoded
from voiceagent.interaction.presets import MAX_WORDS_PER_TURN, ModelConfig
from voiceagent.interaction.training.said import UNKNOWN
from voiceagent.interaction.training.timeline import Span, Timeline

UNLEARNT = 255
WORDS = 448  # letters kept of 20 s: nobody speaks faster
HARD = 1  # weight class of `Targets.weight`: mistakes are made here
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """features (T, 3); floor (T,) FloorAct or 255; weight (T,) 0 plain or 1 hard; activity (T * frames, 2) caller,
    agent; words (WORDS,) the caller's letters as classes, then zeros; heard (1,) the micro-turns in which these are
    spoken, 0 when they are not known."""

    features: Bytes
    floor: Bytes
    weight: Bytes
    activity: Bytes
    words: Bytes
    heard: npt.NDArray[np.uint16]


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
    floor[_within(ends, line.backchannels) & ~speaking] = FloorAct.BACKCHANNEL
    floor[_within(ends, line.yields) & speaking] = FloorAct.YIELD
    floor[_within(ends, line.unlearnt)] = UNLEARNT
    floor[speaking & (features[:, 1] == 0)] = UNLEARNT  # the natural end of an utterance is no yield
    weight = np.where(_within(ends, line.hard), HARD, 0).astype(np.uint8)
    middles = np.arange(len(features) * config.frames_per_turn) * hop + hop // 2
    activity = np.stack([_within(middles, line.caller_speech), _within(middles, line.agent_speech)], axis=1)
    words, heard = _words(line, len(features), turn)
    return Targets(
        features=features, floor=floor, weight=weight, activity=activity.astype(np.uint8), words=words, heard=heard
    )


def _words(line: Timeline, turns: int, turn: int) -> tuple[Bytes, npt.NDArray[np.uint16]]:
    """What the caller says as far as whole clips go, and until which micro-turn it can be heard.

    Overlapping speech of one caller does not occur, so the spans in order of time give the words in order.
    """
    spoken = sorted(zip(line.caller_speech, line.caller_words, strict=True))
    texts, until = [], turns * turn
    for (begin, end), text in spoken:
        if text == UNKNOWN:
            return np.zeros(WORDS, np.uint8), np.zeros(1, np.uint16)
        if end > turns * turn:
            until = min(until, begin)
            break
        texts.append(text)
    letters = encoded(" ".join(texts))[:WORDS]
    padded = np.zeros(WORDS, np.uint8)
    padded[: len(letters)] = letters
    return padded, np.array([until // turn], np.uint16)


def _within(points: npt.NDArray[np.int64], spans: list[Span]) -> npt.NDArray[np.bool_]:
    inside = np.zeros(len(points), np.bool_)
    for begin, end in spans:
        inside |= (points > begin) & (points <= end)
    return inside
