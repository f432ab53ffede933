"""The rules of judgement, on agents whose every sample is known."""

from pathlib import Path

import numpy as np
import pytest

from voiceagent.interaction.evaluation.closed_loop import Played
from voiceagent.interaction.evaluation.scenarios import ScenarioItem
from voiceagent.interaction.evaluation.scoring import score

Span = tuple[float, float]


def _played(scenario: str, agent: list[Span], kind: str = "", critical: tuple[Span, ...] = ()) -> Played:
    """The caller speaks from 2 s to 4 s of 10 s; the agent is audible in the spans given."""
    pcm = np.zeros(160_000, np.int16)
    for begin, end in agent:
        pcm[int(begin * 16_000) : int(end * 16_000)] = 1000
    item = ScenarioItem(
        id="x",
        scenario=scenario,
        type=kind,
        path=Path("x.wav"),
        seconds=10.0,
        onset=2.0,
        speech_end=4.0,
        critical=critical,
        agent=((0.0, 10.0),) if scenario in "cde" else (),
    )
    return Played(item=item, agent=pcm, trace=(), backchannels_s=(), took_s=None)


def test_turn_ends_are_answered_early_in_time_or_never() -> None:
    plays = [_played("a", [(4.3, 6)]), _played("a", [(3.0, 5)]), _played("a", [])]

    assert score(plays) == {
        "a": {"n": 3, "latency_ms": {"median": 300, "p90": 300}, "too_early": 0.333, "never": 0.333}
    }


def test_a_takeover_in_a_pause_is_false_and_ends_the_test() -> None:
    pauses = ((2.5, 3.0), (3.3, 3.8))
    plays = [
        _played("b", [(2.8, 4)], critical=pauses),  # in the first: the second is not counted
        _played("b", [(4.5, 6)], critical=pauses),  # in neither
        _played("b", [(1.0, 2)], critical=pauses),  # before both
    ]

    assert score(plays)["b"] == {"n": 3, "false_takeover": 0.333, "items": 3, "too_early": 0.333}


def test_a_barge_in_must_stop_the_agent_within_two_seconds_of_its_onset() -> None:
    plays = [_played("c", [(0, 2.4)]), _played("c", [(0, 4.5)]), _played("c", [(0, 1.5)])]
    row = score(plays)["c"]

    assert row["n"] == 3
    assert row["yield_rate"] == 0.333
    assert row["stop_ms"]["median"] == pytest.approx(400, abs=1)
    assert row["stopped_before"] == 0.333


def test_a_backchannel_must_not_stop_the_agent_nor_leave_a_hole() -> None:
    critical = ((2.0, 2.4),)
    plays = [
        _played("d", [(0, 10)], critical=critical),
        _played("d", [(0, 2.6)], critical=critical),
    ]

    assert score(plays)["d"] == {"n": 2, "selectivity": 0.5}


def test_side_talk_and_background_are_judged_apart() -> None:
    plays = [_played("e", [(0, 10)], "side_talk"), _played("e", [(0, 3)], "background")]

    assert score(plays)["e"] == {
        "background": {"n": 1, "selectivity": 0.0},
        "side_talk": {"n": 1, "selectivity": 1.0},
    }


def test_speaking_into_noise_is_false_speech() -> None:
    assert score([_played("g", [(5, 6)]), _played("g", [])])["g"] == {"n": 2, "false_speech": 0.5}
