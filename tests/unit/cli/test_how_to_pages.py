"""Every command on a page of docs/how-to is one that there is, with options that it takes."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from voiceagent.cli.main import app

_PAGES = Path(__file__).parents[3] / "docs/how-to"
_LINE = re.compile(r"^\s*(?:\$ )?(?:\w+=\S+ )*(voiceagent .+)$", flags=re.MULTILINE)
_MISSING_FILE = "does not exist"  # on a page it is the reader's


def _commands() -> list[tuple[str, str]]:
    """Page and command, of code blocks: fenced, or indented by four."""
    return [(page.name, line.strip()) for page in sorted(_PAGES.glob("*.md")) for line in _LINE.findall(_code(page))]


def _code(page: Path) -> str:
    text = page.read_text().replace("\\\n", " ")
    fenced = text.split("```")[1::2]
    indented = [line for line in text.splitlines() if line.startswith("    ")]
    return "\n".join(dict.fromkeys(line for part in (*fenced, *indented) for line in part.splitlines()))


def _problem(command: Any, words: list[str]) -> str:
    """What its parser says; "" when it takes the words."""
    try:
        context = command.make_context(command.name or "voiceagent", words)
        if not isinstance(command, TyperGroup):
            return ""
        _, inner, rest = command.resolve_command(context, [*context._protected_args, *context.args])
    except typer.BadParameter as error:
        return "" if _MISSING_FILE in error.message else error.message
    except Exception as error:  # noqa: BLE001 - of typer's own copy of click, which has no public name
        return str(getattr(error, "message", error))
    return _problem(inner, rest)


@pytest.mark.parametrize(("page", "line"), _commands(), ids=range(len(_commands())))
def test_a_command_on_a_page_is_one_that_there_is(page, line):
    words = shlex.split(line, comments=True)[1:]

    assert _problem(typer.main.get_command(app), words) == ""


def test_a_wrong_option_and_a_wrong_command_are_found():
    command = typer.main.get_command(app)

    assert "No such option" in _problem(command, ["exports", "get", "exp_1", "--nobody"])
    assert "No such command" in _problem(command, ["exports", "lose", "exp_1"])
