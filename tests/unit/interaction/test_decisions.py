"""Agents that are known by their decisions only."""

import json
from pathlib import Path

import pytest

from voiceagent.core.errors import ConfigError
from voiceagent.interaction.evaluation.decisions import Act, Decision, as_heard, read_decisions
from voiceagent.interaction.evaluation.played import agent_starts, agent_stops
from voiceagent.interaction.evaluation.scenarios import ScenarioItem, load_set

_SAMPLES = 160_000


def _item(scenario: str) -> ScenarioItem:
    return ScenarioItem(
        id="x",
        scenario=scenario,
        type="",
        path=Path("x.wav"),
        seconds=10.0,
        onset=2.0,
        speech_end=4.0,
        critical=(),
        agent=((0.0, 10.0),) if scenario in "cde" else (),
    )


def _decided(*acts: tuple[float, Act]) -> list[Decision]:
    return [Decision(at_s=at, act=act) for at, act in acts]


def test_a_take_is_heard_from_then_on_until_a_stop() -> None:
    played = as_heard(_item("b"), _decided((1.0, Act.STOP), (3.0, Act.TAKE), (4.0, Act.STOP)), _SAMPLES)

    assert agent_starts(played) == pytest.approx(3.0, abs=0.03)
    assert agent_stops(played) == pytest.approx(4.0, abs=0.03)


def test_an_agent_that_was_told_to_speak_speaks_until_it_is_stopped() -> None:
    played = as_heard(_item("c"), _decided((2.5, Act.STOP), (5.0, Act.TAKE)), _SAMPLES)

    assert agent_stops(played) == pytest.approx(2.5, abs=0.03)
    assert played.took_s is None


def test_decisions_are_read_by_item(tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text(json.dumps({"a1": [[1.5, "take"]], "a2": []}))

    assert read_decisions(tmp_path / "d.json") == {"a1": [Decision(at_s=1.5, act=Act.TAKE)], "a2": []}


@pytest.mark.parametrize("text", ["{", "[1]", '{"a": [[1.5, "dance"]]}', '{"a": 1}'])
def test_what_holds_no_decisions_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "d.json").write_text(text)

    with pytest.raises(ConfigError, match="holds no decisions"):
        read_decisions(tmp_path / "d.json")


def test_opportunities_may_be_spans_or_moments(tmp_path: Path) -> None:
    story = {"id": "f1", "scenario": "f", "type": "narration", "file": "f1.wav", "seconds": 9, "speech_end": 8}
    fields = {"pauses": [[1, 2, "um"]], "backchannel_opportunities": [[1.2, 1.8], 5]}
    (tmp_path / "truth.json").write_text(json.dumps({"items": [{**story, **fields}]}))
    item = load_set(tmp_path)[0]

    assert item.critical == ((1.0, 2.0),)
    assert item.opportunities == ((1.2, 1.8), (5.0, 5.0))
