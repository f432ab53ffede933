"""Made scenario sets, and the real engine in the closed loop on them."""

from pathlib import Path

import pytest

from voiceagent.conversation.floor import FloorPolicy
from voiceagent.conversation.profile import FloorKnobs
from voiceagent.interaction.backends.native import NativeModel
from voiceagent.interaction.engine.engine import Engine
from voiceagent.interaction.evaluation.closed_loop import play
from voiceagent.interaction.evaluation.played import Played, agent_starts
from voiceagent.interaction.evaluation.report import Report
from voiceagent.interaction.evaluation.run import evaluate, load_on_one_thread
from voiceagent.interaction.evaluation.scenarios import load_set
from voiceagent.interaction.evaluation.scoring import score
from voiceagent.interaction.evaluation.sweep import never, replay
from voiceagent.interaction.evaluation.synthetic import make_set
from voiceagent.interaction.model.checkpoint import shipped_checkpoint
from voiceagent.interaction.training.clip_bank import ClipBank
from voiceagent.interaction.training.clip_making import build
from voiceagent.interaction.training.voices import CastVoice

pytestmark = pytest.mark.timeout(300)
_VOICES = [CastVoice(engine="espeak", name="en-us+f4"), CastVoice(engine="espeak", name="en-us+m6")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One item of each scenario by two espeak-ng voices, which need no Debian package."""
    folder = tmp_path_factory.mktemp("set")
    build(folder / "clips", seed=1, voices=_VOICES)
    make_set(folder, ClipBank(folder / "clips"), _VOICES, each=1, seed=1)
    return folder


@pytest.fixture(scope="module")
def closed(made: Path) -> tuple[Report, list[Played]]:
    return evaluate(load_on_one_thread(shipped_checkpoint()), made, "tel")


def test_a_made_set_has_every_scenario_and_every_kind_of_sound(made: Path) -> None:
    items = load_set(made)

    assert {item.scenario for item in items} == set("abcdefg")
    assert {item.type for item in items if item.scenario == "g"} >= {"silence", "noise", "dtmf", "music", "ringback"}
    assert all(item.path.exists() for item in items)


def test_a_story_has_pauses_and_some_of_them_are_opportunities(made: Path) -> None:
    stories = [item for item in load_set(made) if item.scenario == "f"]

    assert all(len(story.critical) >= 4 for story in stories)
    assert all(set(story.opportunities) <= set(story.critical) for story in stories)
    assert all(story.critical[-1][1] < story.speech_end for story in stories)


def test_the_report_has_the_fields_that_are_promised_and_no_others(closed: tuple[Report, list[Played]]) -> None:
    scenarios = closed[0].as_json()["scenarios"]

    assert {name: set(row) for name, row in scenarios.items() if name != "e"} == {
        "a": {"n", "latency_ms", "too_early", "never"},
        "b": {"n", "false_takeover"},
        "c": {"n", "yield_rate", "stop_ms"},
        "d": {"n", "selectivity"},
        "f": {"n", "backchannels_per_min", "takeover_per_pause"},
        "g": {"n", "false_speech"},
    }
    assert all(set(row) == {"n", "selectivity"} for row in scenarios["e"].values())


def test_a_replay_of_the_policy_gives_what_the_closed_loop_gave(
    made: Path, closed: tuple[Report, list[Played]]
) -> None:
    knobs = FloorKnobs()
    _, recorded = evaluate(load_on_one_thread(shipped_checkpoint()), made, "tel", knobs, never(knobs))
    replayed = [replay(played, FloorPolicy(knobs), 1280) for played in recorded]

    assert [agent_starts(played) for played in replayed] == [agent_starts(played) for played in closed[1]]
    assert score(replayed) == closed[0].scenarios


def test_an_item_is_heard_and_answered_the_same_whatever_else_is_in_the_set(
    made: Path, closed: tuple[Report, list[Played]]
) -> None:
    among_others, knobs = closed[1][-1], FloorKnobs()
    engine = Engine(NativeModel(load_on_one_thread(shipped_checkpoint()), 1))
    (alone,) = play(engine, [among_others.item], "tel", lambda: FloorPolicy(knobs), 1280)

    assert alone.trace == among_others.trace
