"""Dialogues through the real planner: what was wanted comes of it, and the bench notices when it does not."""

import dataclasses
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voiceagent.cli.main import app
from voiceagent.config.profile_file import shipped_profile
from voiceagent.core.errors import BadInput, ConfigError
from voiceagent.testing.planner.bench import measure, percentages, play_set
from voiceagent.testing.planner.dialogue import AtReadBack, Dialogue, Wish
from voiceagent.testing.planner.play import Outcome, play
from voiceagent.testing.planner.report import as_json, as_table, score
from voiceagent.testing.planner.sets import made_set, read_set, write_set

_EXAMPLES = Path(__file__).parents[4] / "examples"


@pytest.mark.parametrize("name", ["orders", "clinic", "bank"])
async def test_the_scenarios_of_an_example_end_as_they_should(name):
    played = await play_set(read_set(_EXAMPLES / name), 0, seed=0)

    assert [outcome.talk for outcome in played if not outcome.success or outcome.wrong_writes] == []
    assert all(right == total for outcome in played for right, total in (outcome.arguments, outcome.corrected))


async def test_a_small_held_out_run_keeps_its_promises():
    rows = [row for row in await measure(made_set("held", 80, 0), (0, 10), 0, lambda _: None) if row.line == "all"]
    clean, noisy = rows

    assert clean.success >= 0.95
    assert (clean.corrected or 0) >= 0.9
    assert noisy.success >= 0.85
    assert (noisy.settled or 0) >= 0.9
    assert (clean.wrong_writes, noisy.wrong_writes) == (0, 0)
    assert noisy.turns > clean.turns


def test_what_was_taken_back_is_settled_when_its_dialogue_ended_well_however_it_began():
    one = Outcome(
        dialogue=_blocking(), success=True, turns=2, arguments=(1, 1), corrected=(0, 1), wrong_writes=0, talk=()
    )
    row = score("bank", 10, [one, one, one, dataclasses.replace(one, success=False)])

    assert (row.corrected, row.settled, row.corrections) == (0, 0.75, 4)


async def test_the_same_seed_plays_the_same():
    chosen = made_set("development", 8, 1)

    assert await play_set(chosen, 20, seed=1) == await play_set(chosen, 20, seed=1)


def _blocking(**changes: object) -> Dialogue:
    wish = Wish(
        **{
            "intent": "block_card",
            "opening": ("block my card",),
            "goal": {"card_digits": "4413"},
            "answers": {"card_digits": ("four four one three",)},
            **changes,
        }
    )
    return Dialogue(
        dialogue_id="d",
        line="bank",
        kind="plain",
        profile="bank",
        today="2026-11-24",
        wishes=(wish,),
        cards=("4413", "4431"),
    )


async def test_who_agrees_to_what_they_do_not_want_is_counted_as_a_wrong_write():
    """A caller who said the wrong digits and says yes to them: the bench has to see it."""
    careless = _blocking(
        at_read_back=AtReadBack.CHANGE,
        says_at_read_back=("yes", "four four three one"),
        changed={"card_digits": "4431"},
    )
    outcome = await play(careless, shipped_profile("bank"), 0.0)

    assert (outcome.success, outcome.wrong_writes) == (False, 1)


async def test_a_refusal_that_is_kept_is_a_success_and_nothing_is_written():
    refused = _blocking(at_read_back=AtReadBack.REFUSE, says_at_read_back=("no thanks",))
    outcome = await play(refused, shipped_profile("bank"), 0.0)

    assert (outcome.success, outcome.wrong_writes) == (True, 0)


async def test_a_caller_who_is_not_understood_has_no_success():
    outcome = await play(_blocking(opening=("xyzzy",)), shipped_profile("bank"), 0.0)

    assert (outcome.success, outcome.arguments) == (False, (0, 1))


async def test_a_report_has_each_line_and_all_of_them():
    rows = await measure(made_set("held", 8, 0), (5,), 0, lambda _: None)

    assert [row.line for row in rows] == ["orders", "delivery", "clinic", "bank", "all"]
    assert as_table(rows).splitlines()[-1].startswith("| all | 5 % | 8 | ")
    assert as_json(rows)[-1]["dialogues"] == 8


def test_a_set_that_was_written_is_read_back_the_same(tmp_path):
    made = made_set("development", 12, 5)
    write_set(tmp_path, made)

    assert read_set(tmp_path).dialogues == made.dialogues


@pytest.mark.parametrize("content", ["", "[]", "{}", '[{"dialogue_id": 1}]'])
def test_a_folder_without_dialogues_says_what_to_do(tmp_path, content):
    with pytest.raises(ConfigError, match="make one with `bench planner --save`"):
        read_set(tmp_path)
    (tmp_path / "dialogues.json").write_text(content)

    with pytest.raises(ConfigError, match="holds no dialogues"):
        read_set(tmp_path)


def test_a_set_that_nobody_made_and_a_rate_that_is_none_are_told():
    with pytest.raises(ConfigError, match="use one of development, held"):
        made_set("other", 1, 0)
    with pytest.raises(BadInput, match="write percentages like 0,5,10,20"):
        percentages("0,x")
    with pytest.raises(BadInput, match="from 0 to 100"):
        percentages("101")


def test_the_command_prints_one_json_object_and_can_keep_its_dialogues(tmp_path):
    done = CliRunner().invoke(
        app, ["bench", "planner", "--count", "4", "--errors", "0", "--json", "--save", str(tmp_path)]
    )

    assert done.exit_code == 0
    assert [score["line"] for score in json.loads(done.stdout)["scores"]] == [
        "orders",
        "delivery",
        "clinic",
        "bank",
        "all",
    ]
    assert len(read_set(tmp_path).dialogues) == 4
