"""The rules of judgement, on agents whose every sample is known."""

from pathlib import Path

import numpy as np
import pytest

from voiceagent.interaction.evaluation.figures import interval
from voiceagent.interaction.evaluation.played import Played
from voiceagent.interaction.evaluation.report import Report, side_by_side
from voiceagent.interaction.evaluation.scenarios import ScenarioItem
from voiceagent.interaction.evaluation.scoring import judge, score

Span = tuple[float, float]


def _sounding(spans: list[Span], level: int = 1000) -> np.ndarray:
    """10 s, audible in the spans."""
    pcm = np.zeros(160_000, np.int16)
    for begin, end in spans:
        pcm[int(begin * 16_000) : int(end * 16_000)] = level
    return pcm


def _played(
    scenario: str,
    agent: list[Span],
    kind: str = "",
    *,
    critical: tuple[Span, ...] = (),
    meant: tuple[Span, ...] = ((0.0, 10.0),),
    opportunities: tuple[Span, ...] = (),
    backchannels: tuple[float, ...] = (),
) -> Played:
    """The caller speaks from 2 s to 4 s of 10 s; the agent is audible in the spans given."""
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
        opportunities=opportunities,
    )
    intended = _sounding(list(meant) if scenario in "cde" else [])
    return Played(item=item, agent=_sounding(agent), meant=intended, backchannels_s=backchannels)


def test_turn_ends_are_answered_early_in_time_or_never() -> None:
    plays = [_played("a", [(4.3, 6)]), _played("a", [(3.95, 5)]), _played("a", []), _played("a", [(8.5, 9)])]

    assert score(plays) == {"a": {"n": 4, "latency_ms": {"median": 300, "p90": 300}, "too_early": 0.25, "never": 0.5}}


def test_a_takeover_in_a_pause_is_false_and_ends_the_test() -> None:
    pauses = ((2.5, 3.0), (3.3, 3.8))
    plays = [
        _played("b", [(2.8, 4)], critical=pauses),  # in the first: the second is not tested
        _played("b", [(3.05, 4)], critical=pauses),  # decided in it, heard a moment later
        _played("b", [(4.5, 6)], critical=pauses),  # in neither
    ]

    assert score(plays)["b"] == {"n": 4, "false_takeover": 0.5}


def test_who_spoke_before_the_pause_has_not_kept_silent_in_it() -> None:
    plays = [_played("b", [(1.0, 2.0)], critical=((2.5, 3.0),)), _played("b", [], critical=((2.5, 3.0),))]
    figures = {figure.what: figure.value for figure in judge(plays)["b"].figures}

    assert score(plays)["b"] == {"n": 2, "false_takeover": 0.5}
    assert figures["of these, before the first pause"] == 0.5


def test_a_barge_in_must_stop_the_agent_within_two_seconds_of_its_onset() -> None:
    plays = [_played("c", [(0, 2.4)]), _played("c", [(0, 4.5)]), _played("c", [(0, 1.5)]), _played("c", [(0, 10)])]
    row = score(plays)["c"]

    assert row == {"n": 4, "yield_rate": 0.25, "stop_ms": {"median": 400, "p90": 400}}


def test_the_end_of_what_the_agent_had_to_say_is_no_stop() -> None:
    assert score([_played("c", [(0, 3.0)], meant=((0, 3.0),))])["c"]["yield_rate"] == 0.0


def test_a_stop_in_a_silence_between_sentences_is_a_stop_all_the_same() -> None:
    stopped = _played("c", [(0, 1.9)], meant=((0, 1.9), (2.2, 10)))

    assert score([stopped])["c"] == {"n": 1, "yield_rate": 1.0, "stop_ms": {"median": 0, "p90": 0}}


@pytest.mark.parametrize(
    ("agent", "kept"),
    [
        ([(0, 10)], 1.0),
        ([(0, 2.6)], 0.0),  # stopped for good
        ([(0, 2.6), (2.68, 10)], 0.0),  # a hole of 80 ms
        ([(0, 2.6), (2.65, 10)], 1.0),  # of 50 ms
        ([(0, 3.3)], 0.0),  # stopped 0.9 s after the backchannel
        ([(0, 3.5)], 1.0),  # later than that, for whatever reason
    ],
)
def test_a_backchannel_must_not_stop_the_agent_nor_leave_a_hole_over_60_ms(agent: list[Span], kept: float) -> None:
    assert score([_played("d", agent, critical=((2.0, 2.4),))])["d"] == {"n": 1, "selectivity": kept}


def test_a_silence_of_the_utterance_itself_is_no_hole() -> None:
    sentences = ((0.0, 2.2), (2.5, 10.0))
    played = _played("d", list(sentences), critical=((2.0, 2.4),), meant=sentences)

    assert score([played])["d"] == {"n": 1, "selectivity": 1.0}


def test_a_ducked_voice_goes_on() -> None:
    loud = _played("d", [(0, 10)], critical=((2.0, 2.4),))
    ducked = Played(item=loud.item, agent=loud.agent // 4, meant=loud.meant)

    assert score([ducked])["d"]["selectivity"] == 1.0


def test_side_talk_and_background_are_judged_apart() -> None:
    plays = [_played("e", [(0, 10)], "side_talk"), _played("e", [(0, 3)], "background")]

    assert score(plays)["e"] == {
        "background": {"n": 1, "selectivity": 0.0},
        "side_talk": {"n": 1, "selectivity": 1.0},
    }


def test_a_story_wants_backchannels_at_its_pauses_and_no_turn() -> None:
    pauses = ((2.5, 3.0), (3.2, 3.6))
    plays = [
        _played("f", [], critical=pauses, opportunities=(pauses[0],), backchannels=(2.7, 3.9)),
        _played("f", [(3.3, 5)], critical=pauses),
    ]
    figures = {figure.what: (figure.value, figure.n) for figure in judge(plays)["f"].figures}

    assert score(plays)["f"] == {"n": 2, "backchannels_per_min": 30.0, "takeover_per_pause": 0.25}
    assert figures["backchannels at an opportunity"] == (0.5, 2)


def test_speaking_or_humming_into_noise_is_false_speech() -> None:
    plays = [_played("g", [(5, 6)], "music"), _played("g", [], "music"), _played("g", [], "dtmf", backchannels=(3.0,))]
    figures = {figure.what: (figure.value, figure.n) for figure in judge(plays)["g"].figures}

    assert score(plays)["g"] == {"n": 3, "false_speech": 0.667}
    assert figures["false speech, dtmf"] == (1.0, 1)
    assert figures["false speech, music"] == (0.5, 2)


def test_the_table_gives_every_figure_its_n_and_a_share_its_interval() -> None:
    ours, theirs = (
        Report.of(plays, set_name="s", condition="tel", model="m", micro_turn_ms=80)
        for plays in ([_played("a", [(4.3, 6)]), _played("a", [])], [_played("a", []), _played("a", [])])
    )
    lines = side_by_side({"ours": ours, "theirs": theirs}).splitlines()

    assert "| a | response latency, median | 1 | 300 ms | -, n 0 |" in lines
    assert "| a | never within 4 s | 2 | 50.0% (9% to 91%) | 100.0% (34% to 100%) |" in lines


def test_an_interval_is_as_wilson_has_it() -> None:
    assert interval(0.5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-3)
    assert interval(0.0, 0) == (0.0, 1.0)
