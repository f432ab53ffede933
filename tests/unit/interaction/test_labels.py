"""What is learnt from a timeline: the two traps of made data stay closed."""

import numpy as np

from voiceagent.interaction.model.heads import FloorAct
from voiceagent.interaction.presets import preset
from voiceagent.interaction.training.labels import HARD, UNLEARNT, Targets, targets_of
from voiceagent.interaction.training.said import Said
from voiceagent.interaction.training.timeline import Timeline, samples

_CONFIG = preset("tiny")


def _line(seconds: float = 8.0) -> Timeline:
    return Timeline(length=samples(seconds))


def _voice(seconds: float) -> np.ndarray:
    return np.full(samples(seconds), 0.1, np.float32)


def _said(seconds: float) -> Said:
    return Said(sound=_voice(seconds), text="hello")


def _at(targets: Targets, second: float) -> int:
    """The target of the micro-turn that ends next after `second`."""
    return int(targets.floor[int(second / 0.08)])


def test_the_wish_to_speak_lasts_until_the_agent_really_starts() -> None:
    line = _line()
    end = line.caller_says(_said(1.0), samples(1.0))
    line.takes.append((end + samples(0.2), samples(4.0)))
    line.agent_says(_voice(1.0), [0], samples(4.0))
    targets = targets_of(line, _CONFIG)

    assert _at(targets, 1.5) == FloorAct.LISTEN
    assert {_at(targets, second) for second in (2.25, 2.6, 3.2, 3.85)} == {FloorAct.SPEAK}
    assert _at(targets, 4.2) == FloorAct.LISTEN


def test_the_wish_to_yield_lasts_until_the_agent_really_stops() -> None:
    line = _line()
    line.agent_says(_voice(6.0), [0], 0)
    line.caller_says(_said(1.0), samples(2.0))
    line.unlearnt.append((samples(2.0), samples(2.25)))
    line.yields.append((samples(2.25), samples(4.0)))
    line.cut_agent(samples(4.0))
    targets = targets_of(line, _CONFIG)

    assert _at(targets, 1.5) == FloorAct.LISTEN
    assert _at(targets, 2.1) == UNLEARNT
    assert {_at(targets, second) for second in (2.4, 3.2, 3.8)} == {FloorAct.YIELD}
    assert _at(targets, 5.0) == FloorAct.LISTEN


def test_the_natural_end_of_an_utterance_is_left_out() -> None:
    line = _line()
    line.agent_says(_voice(2.0), [0], samples(1.0))
    targets = targets_of(line, _CONFIG)

    assert _at(targets, 2.5) == FloorAct.LISTEN
    assert targets.floor[37] == UNLEARNT  # 2.96-3.04 s: the last sounding micro-turn
    assert targets.features[36].tolist() == [0, 1, 1]
    assert targets.features[37].tolist() == [0, 0, 1]


def test_a_backchannel_over_the_agent_is_a_hard_place_to_go_on() -> None:
    line = _line()
    line.agent_says(_voice(6.0), [0], 0)
    end = line.caller_says(_said(0.4), samples(2.0))
    line.hard.append((samples(2.0), end))
    targets = targets_of(line, _CONFIG)

    assert _at(targets, 2.2) == FloorAct.LISTEN
    assert targets.weight[int(2.2 / 0.08)] == HARD


def test_a_pause_that_invites_a_backchannel_is_still_the_callers() -> None:
    line = _line()
    end = line.caller_says(_said(1.0), samples(1.0))
    line.backchannels.append((end + samples(0.2), samples(3.0)))
    line.agent_says(_voice(1.0), [0], samples(2.8))
    targets = targets_of(line, _CONFIG)

    assert _at(targets, 2.5) == FloorAct.LISTEN
    assert [int(targets.backchannel[int(second / 0.08)]) for second in (1.5, 2.5, 2.9)] == [0, 1, UNLEARNT]


def test_words_are_counted_in_the_micro_turn_in_which_they_begin() -> None:
    line = _line()
    line.agent_says(_voice(1.0), [0, samples(0.05), samples(0.5)], 0)
    features = targets_of(line, _CONFIG).features

    assert features[0, 0] == 2
    assert features[6, 0] == 1
    assert features[:, 0].sum() == 3
