"""The floor policy replayed at other settings, on a model whose every word is known."""

from pathlib import Path

import numpy as np

from voiceagent.conversation.floor import FloorPolicy
from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.conversation.profile import FloorKnobs
from voiceagent.interaction.evaluation.agent_line import meant
from voiceagent.interaction.evaluation.played import Played, agent_starts, agent_stops
from voiceagent.interaction.evaluation.scenarios import ScenarioItem
from voiceagent.interaction.evaluation.sweep import never, replay, stop_at

_TURN = 1280  # samples, 80 ms
_SAMPLES = 100 * _TURN


def _recorded(scenario: str, *, speak: float = 0.0, yield_: float = 0.0) -> Played:
    """8 s; from 4 s on the model is as sure as given."""
    item = ScenarioItem(
        id="x",
        scenario=scenario,
        type="",
        path=Path("x.wav"),
        seconds=8.0,
        onset=2.0,
        speech_end=4.0,
        critical=(),
        agent=((0.0, 8.0),) if scenario == "c" else (),
    )
    views = [
        FloorProbabilities(
            listen=0.0,
            speak=speak if number >= 50 else 0.0,
            backchannel=0.0,
            yield_=yield_ if number >= 50 else 0.0,
            caller_active=0.0,
        )
        for number in range(100)
    ]
    intended = meant(item, _SAMPLES)
    return Played(
        item=item, agent=intended if scenario == "c" else np.zeros_like(intended), meant=intended, trace=tuple(views)
    )


def test_the_recorded_run_neither_takes_nor_stops() -> None:
    knobs = FloorKnobs()
    taken, stopped = (_recorded("a", speak=1.0), _recorded("c", yield_=1.0))

    assert replay(taken, FloorPolicy(knobs, never(knobs)), _TURN) is taken
    assert replay(stopped, FloorPolicy(knobs, never(knobs)), _TURN) is stopped


def test_patience_decides_when_the_floor_is_taken() -> None:
    recorded = _recorded("a", speak=0.9)
    starts = [
        agent_starts(replay(recorded, FloorPolicy(FloorKnobs(patience=patience)), _TURN)) for patience in (0.0, 1.0)
    ]

    assert starts[0] is not None
    assert starts[1] is not None
    assert 4.0 <= starts[0] < 4.2
    assert round(starts[1] - starts[0], 2) == 0.16  # two micro-turns more


def test_a_stop_comes_where_the_model_is_sure_enough() -> None:
    recorded, knobs = _recorded("c", yield_=0.7), FloorKnobs()
    sooner, later = (
        agent_stops(replay(recorded, FloorPolicy(knobs, stop_at(knobs, sure)), _TURN)) for sure in (0.6, 0.8)
    )

    assert 3.9 < sooner < 4.3
    assert later > 7.5
