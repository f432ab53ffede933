"""A new agent works at once, and nothing that is there is touched."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from voiceagent.apps.profiles import answered_by, load_profiles
from voiceagent.background.tool_files import tools_beside
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.cli.main import app
from voiceagent.config.settings import Settings
from voiceagent.core.errors import BadInput, ConfigError


def init(*arguments: str) -> Path:
    done = CliRunner().invoke(app, ["init", *arguments])
    if done.exception is not None:
        raise done.exception
    name, folder = arguments[0], arguments[2]
    assert f"voiceagent test {folder}/{name}" in done.output
    return Path(folder) / name


def test_the_scenarios_of_a_new_agent_pass(tmp_path):
    folder = init("my-line", "--dir", str(tmp_path))

    done = CliRunner().invoke(app, ["test", str(folder)])

    assert done.exit_code == 0, done.output
    assert "2 passed, 0 failed" in done.output


def test_a_new_agent_answers_the_first_number_when_the_settings_name_its_folder(tmp_path):
    folder = init("my-line", "--dir", str(tmp_path))

    settings = answered_by(Settings(), folder)

    assert settings.numbers[0].profile == "my-line"
    assert load_profiles(settings)["my-line"].intent("opening_hours").tool == "my_line.opening_hours"
    assert [tool.name for tool in tools_beside(settings.profiles)] == ["my_line.opening_hours"]


def test_two_new_agents_live_in_one_installation(tmp_path):
    folders = [init(name, "--dir", str(tmp_path)) for name in ("day-line", "night-line")]

    assert len(list(ToolRegistry(tools_beside(folders)))) == 2


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path):
    (tmp_path / "my-line").mkdir()
    (tmp_path / "my-line" / "agent.yaml").write_text("mine")

    with pytest.raises(ConfigError, match="my-line is there already and is left as it is"):
        init("my-line", "--dir", str(tmp_path))

    assert (tmp_path / "my-line" / "agent.yaml").read_text() == "mine"
    assert len(list((tmp_path / "my-line").iterdir())) == 1


@pytest.mark.parametrize("name", ["My", "../x", "1st", "a b", "a" * 64])
def test_what_can_name_no_agent_is_told(name, tmp_path):
    with pytest.raises(BadInput, match="cannot name an agent: begin with a letter"):
        init(name, "--dir", str(tmp_path))

    assert list(tmp_path.iterdir()) == []
