"""Scenario files: what they may say, and what is told of mistakes in them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voiceagent.cli.main import app
from voiceagent.core.errors import ConfigError
from voiceagent.testing.rehearsal.scenario import AgentSays, CallerSpeaks, ToolRan
from voiceagent.testing.rehearsal.scenario_file import read_scenario


def scenario(folder: Path, text: str, name: str = "one") -> Path:
    path = folder / "scenarios" / f"{name}.yaml"
    path.write_text(text)
    return path


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as told:
        read_scenario(scenario(folder, text), ["a.b", "shop.stock"])
    return str(told.value).replace(str(folder), "").splitlines()


def test_a_scenario_is_read_with_the_lines_that_its_steps_stand_in(folder):
    text = """consent: no
call:
  - caller: "yes"
    at: 0.8
  - agent: hello
    within: 1
  - tool: a.b
    with: {x: 1}
"""

    read = read_scenario(scenario(folder, text), ["a.b"])

    assert read.consent == "no"
    assert read.steps == (
        (3, CallerSpeaks(text="yes", at=0.8)),
        (5, AgentSays(text="hello", within=1.0)),
        (7, ToolRan(name="a.b", arguments={"x": 1})),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1: call is missing or no list"),
        ("call: []", "1:7: call is missing or no list"),
        ("call:\n  - calller: hello", "2:5: no line begins with 'calller'; did you mean 'caller'?"),
        ("call:\n  - hello", "2:5: no line begins with 'hello'"),
        ("call:\n  - [a, b]", "2:5: no line begins with"),
        ("call:\n  - caller: hello\n    att: 1", "3:5: caller: unknown key 'att'; did you mean 'at'?"),
        ("call:\n  - caller:", "2:12: call.caller is missing or empty"),
        ("call:\n  - caller: hello\n    at: soon", "3:9: call.at must be a number"),
        ("call:\n  - agent: hello\n    interrupted: perhaps", "3:18: agent.interrupted is true or false"),
        ("call:\n  - tool: a.b\n    with: 3", "3:11: tool.with is a mapping"),
        ("consent: maybe\ncall:\n  - caller: hi", "1:10: consent is 'maybe'"),
        ("answers: {a.b: {retuns: 1}}\ncall:\n  - caller: hi", "1:16: answers.a.b: Object contains unknown field"),
        (
            "answers:\n  shop.stok: {}\ncall:\n  - caller: hi",
            "2:14: answers: there is no tool 'shop.stok'; did you mean",
        ),
        ("call:\n  - never_tool: a.c", "2:17: call.never_tool: there is no tool 'a.c'; did you mean 'a.b'?"),
        ("call:\n  - tool: a.c", "2:11: call.tool: there is no tool 'a.c'"),
        ("call:\n  - never: '?!'", "2:12: call.never: '?!' has no words"),
        ("call:\n  - agent: ...", "2:12: call.agent: '...' has no words"),
        ("answers: {a.b: {takes_s: -1}}\ncall:\n  - caller: hi", "1:16: answers.a.b: Expected `float` >= 0"),
        ("call: {", "1:8: this is not YAML"),
    ],
)
def test_a_mistake_is_told_with_its_place(folder, text, told):
    assert problems(folder, text)[0].startswith(f"/scenarios/one.yaml:{told}")


def test_the_command_tells_which_line_failed_and_what_was_heard_instead(folder):
    scenario(folder, "call:\n  - caller: do you have boots\n  - agent: we have 3 of boots\n", "good")
    bad = scenario(folder, "call:\n  - caller: do you have boots\n  - agent: we have 4 of boots\n", "bad")

    done = CliRunner().invoke(app, ["test", str(folder)])

    assert done.exit_code == 1
    assert f"{bad}:3: the agent did not say 'we have 4 of boots'" in done.output
    assert "We have 3 of boots" in done.output
    assert done.output.endswith("1 passed, 1 failed\n")


def test_the_command_reports_to_machines_too(folder):
    path = scenario(folder, "call:\n  - caller: goodbye\n  - agent hangs up\n")

    done = CliRunner().invoke(app, ["test", "--json", str(path)])

    report = json.loads(done.output)
    assert done.exit_code == 0
    assert report["passed"]
    assert [line["text"] for line in report["scenarios"][0]["transcript"][-2:]] == [
        "Bye bye.",
        "[ended: agent_hung_up]",
    ]


def test_a_tool_may_be_answered_for_and_may_be_away(folder):
    path = scenario(
        folder,
        "answers: {shop.stock: {unavailable: true}}\ncall:\n"
        "  - caller: do you have boots\n  - agent: can not reach the shop\n",
    )

    assert CliRunner().invoke(app, ["test", str(path)]).exit_code == 0


def test_an_answer_for_no_tool_is_a_mistake(folder):
    path = scenario(folder, "answers: {shop.stok: {}}\ncall:\n  - caller: goodbye\n")

    done = CliRunner().invoke(app, ["test", str(path)])

    assert f"{path}:1:22: answers: there is no tool 'shop.stok'; did you mean 'shop.stock'?" in str(done.exception)


@pytest.mark.parametrize("last", ["never_tool: shop.reserve", "never: until tomorrow"])
def test_a_last_line_that_forbids_what_comes_of_the_yes_can_fail(folder, last):
    path = scenario(folder, f'call:\n  - caller: keep boots for me\n  - caller: "yes"\n  - {last}\n')

    done = CliRunner().invoke(app, ["test", str(path)])

    assert done.exit_code == 1
    assert f"{path}:4: " in done.output


@pytest.mark.parametrize("name", ["scenarios", "tools.py"])
def test_what_lies_in_an_agents_folder_is_no_agent_and_the_folder_is_named(folder, name):
    scenario(folder, "call:\n  - caller: goodbye\n")

    done = CliRunner().invoke(app, ["test", str(folder / name)])

    assert str(done.exception).startswith(f"{folder / name} is not an agent's folder; write `voiceagent test {folder}`")


def test_a_folder_without_an_agent_is_told_what_it_lacks(tmp_path):
    done = CliRunner().invoke(app, ["test", str(tmp_path)])

    assert "is not an agent's folder; it has an agent.yaml" in str(done.exception)


def test_a_mistake_in_the_last_scenario_is_told_before_the_first_is_played(folder):
    scenario(folder, "call:\n  - caller: goodbye\n", "a")
    last = scenario(folder, "answers: {shop.stok: {}}\ncall:\n  - caller: goodbye\n", "b")

    done = CliRunner().invoke(app, ["test", str(folder)])

    assert str(done.exception).startswith(f"{last}:1:")
    assert "ok " not in done.output


def test_a_tool_or_field_that_there_is_not_is_told_with_its_line_before_any_call(folder):
    source = (folder / "agent.yaml").read_text().replace("shop.stock", "shop.stok")
    (folder / "agent.yaml").write_text(source)
    scenario(folder, "call:\n  - caller: goodbye\n")

    done = CliRunner().invoke(app, ["test", str(folder)])

    line = source.splitlines().index("    tool: shop.stok") + 1
    assert f"agent.yaml:{line}:11: intents.stock.tool: there is no tool 'shop.stok'; did you mean" in str(
        done.exception
    )
