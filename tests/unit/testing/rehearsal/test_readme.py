"""What the README shows of adding a tool is done here as it stands there."""

import asyncio
import re
from pathlib import Path

from typer.testing import CliRunner

from voiceagent.apps.new_agent.create import create_agent
from voiceagent.cli.main import app
from voiceagent.testing.rehearsal.called import CalledAgent

_README = Path(__file__).parents[4] / "README.md"
_BLOCK = re.compile(r"```(?:python|yaml)\n# (my-line/[\w./]+)[^\n]*\n(.*?)```", re.DOTALL)


def shown() -> dict[str, str]:
    """File -> what the section shows of it."""
    section = _README.read_text().split("## Add a tool\n")[1].split("\n## ")[0]
    return dict(_BLOCK.findall(section))


def followed(parent: Path) -> tuple[Path, dict[str, str]]:
    """The folder after everything was done that the README says."""
    folder, blocks = create_agent("my-line", parent), shown()
    with (folder / "tools.py").open("a") as tools:
        tools.write(blocks["my-line/tools.py"])
    agent = folder / "agent.yaml"
    agent.write_text(agent.read_text().replace("\nintents:\n", f"\nintents:\n{blocks['my-line/agent.yaml']}"))
    (folder / "scenarios" / "call_back.yaml").write_text(blocks["my-line/scenarios/call_back.yaml"])
    return folder, blocks


def test_the_tool_of_the_readme_is_called_after_its_yes(tmp_path):
    folder, _ = followed(tmp_path)

    done = CliRunner().invoke(app, ["test", str(folder)])

    assert "3 passed, 0 failed" in done.output, done.output
    assert list(folder.glob("*.note")) == []


def test_the_tool_of_the_readme_leaves_a_note(tmp_path):
    folder, _ = followed(tmp_path)
    path = folder / "scenarios" / "call_back.yaml"
    path.write_text("call:\n" + path.read_text().split("\ncall:\n")[1])

    done = CliRunner().invoke(app, ["test", str(path)])

    assert "1 passed, 0 failed" in done.output, done.output
    (note,) = folder.glob("*.note")
    assert note.read_text() == "+12025550101 on Monday"


def test_the_test_of_the_readme_passes(tmp_path):
    folder, blocks = followed(tmp_path)
    names: dict[str, object] = {}
    exec(compile(blocks["my-line/test_call_back.py"], "README.md", "exec"), names)  # noqa: S102
    call = CalledAgent(folder)

    asyncio.run(names["test_a_murmur_is_no_yes"](call))
    call.close()

    assert list(folder.glob("*.note")) == []
