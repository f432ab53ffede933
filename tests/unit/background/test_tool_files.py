"""A function in tools.py beside agent.yaml is a tool; what is wrong with one is told with file and line."""

import sys
from pathlib import Path

import pytest

from voiceagent.background.tool_files import tools_beside
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.background.tools import Caller
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import ConfigError
from voiceagent.core.ids import CallId, TenantId

_HEAD = "from voiceagent.tools import Effect, tool\n\n"
_GOOD = f"""{_HEAD}@tool(name="shop.hours", effect=Effect.READ)
async def hours(day: str) -> dict[str, str]:
    return {{"day": day}}
"""


def folder(path: Path, tools: str, **others: str) -> Path:
    """A profile's path in a folder of its own."""
    path.mkdir(exist_ok=True)
    (path / "tools.py").write_text(tools)
    for name, text in others.items():
        (path / f"{name}.py").write_text(text)
    return path / "agent.yaml"


def complaint(profile: Path) -> str:
    with pytest.raises(ConfigError) as told:
        tools_beside([profile])
    return str(told.value)


def test_a_file_that_ends_the_process_is_told_with_its_place(tmp_path):
    text = complaint(folder(tmp_path, "import sys\n\nsys.exit()\n"))

    assert text == f"{tmp_path}/tools.py:3: it ends the process; tools are imported, so leave out `sys.exit`"


def test_a_tool_that_two_folders_share_is_there_once(tmp_path, monkeypatch):
    (tmp_path / "acme_shared_tools.py").write_text(_GOOD)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "acme_shared_tools", raising=False)
    profiles = [folder(tmp_path / name, "from acme_shared_tools import hours\n") for name in "ab"]

    assert [tool.name for tool in ToolRegistry(tools_beside(profiles))] == ["shop.hours"]


async def test_a_function_in_tools_py_is_a_tool_and_nothing_else_names_it(tmp_path):
    (hours,) = tools_beside([folder(tmp_path, _GOOD)])

    caller = Caller(number="anna", tenant_id=TenantId("ten_1"), call_id=CallId("call_1"))
    assert hours.name == "shop.hours"
    assert hours.place == f"{tmp_path}/tools.py:3"
    assert (await hours.call({"day": "today"}, caller=caller, clock=SystemClock())).result == {"day": "today"}


def test_a_folder_without_tools_py_has_no_tools(tmp_path):
    assert tools_beside([tmp_path / "agent.yaml"]) == ()


def test_two_profiles_in_one_folder_have_the_same_tools_once(tmp_path):
    profile = folder(tmp_path, _GOOD)

    assert len(tools_beside([profile, profile.with_name("evening.yaml")])) == 1


def test_files_beside_tools_py_are_imported_with_a_dot(tmp_path):
    source = _GOOD.replace("Effect, tool\n", "Effect, tool\nfrom .days import DAYS\n")

    assert len(tools_beside([folder(tmp_path, source, days="DAYS = ('monday',)\n")])) == 1


def test_folders_do_not_see_each_others_files(tmp_path):
    first = folder(tmp_path / "a", _GOOD.replace("shop.", "a.") + "\nfrom .days import NAME\n", days="NAME = 'a'\n")
    second = folder(tmp_path / "b", _GOOD.replace("shop.", "b.") + "\nfrom .days import NAME\n", days="NAME = 'b'\n")

    tools = tools_beside([first, second])

    assert [one.function.__globals__["NAME"] for one in tools] == ["a", "b"]


def test_a_changed_file_is_read_anew(tmp_path):
    profile = folder(tmp_path, _GOOD)
    tools_beside([profile])
    folder(tmp_path, _GOOD.replace("shop.hours", "shop.opening_hours"))

    assert [one.name for one in tools_beside([profile])] == ["shop.opening_hours"]


@pytest.mark.parametrize(
    ("source", "line", "told"),
    [
        (_GOOD.replace("Effect.READ", '"write"'), 3, "the effect 'write': write effect=Effect.READ, Effect.WRITE or"),
        (_HEAD + "@tool\nasync def hours(day: str) -> None: ...\n", 3, "needs a name and an effect: write @tool(name="),
        (_GOOD.replace(", effect=Effect.READ", ""), 3, "tool shop.hours says no effect: write effect=Effect.READ"),
        (_GOOD.replace('name="shop.hours", ', ""), 3, "needs a name and an effect: write @tool(name="),
        (
            _GOOD.replace("READ", 'READ, timeout_s="3"'),
            3,
            "has the timeout '3': write seconds above 0, like timeout_s=3",
        ),
        (_GOOD.replace("READ", "READ, timeout_s=-1"), 3, "has the timeout -1: write seconds above 0"),
        (_GOOD.replace("READ", 'READ, retries="1"'), 3, "has '1' retries: write a whole number"),
        (_HEAD + "def f(:\n", 3, "this is not Python"),
        (_HEAD + "import no_such_package_at_all\n", 3, "install it where voiceagent is installed"),
        (_HEAD + "value = 1 / 0\n", 3, "ZeroDivisionError: division by zero"),
        (_GOOD.replace("async def", "def"), 3, "tool shop.hours is not async: write `async def`"),
        (_GOOD.replace("shop.hours", "hours"), 3, "tool name 'hours' is not like"),
        (_GOOD.replace("day: str", "day"), 3, "parameter 'day' needs a type"),
        (_GOOD + _GOOD.removeprefix(_HEAD), 7, "hours is defined in line 4 already; rename one"),
        (_GOOD.replace("READ", "WRITE, retries=1"), 3, "leave out `retries`"),
    ],
    ids=[
        "effect",
        "bare",
        "no effect",
        "no name",
        "timeout",
        "negative",
        "retries",
        "syntax",
        "import",
        "raises",
        "not async",
        "name",
        "no type",
        "twice",
        "retried write",
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(tmp_path, source, line, told):
    text = complaint(folder(tmp_path, source))

    place = f"{tmp_path}/tools.py:"
    assert text.startswith(place)
    assert int(text.removeprefix(place).split(":")[0]) in {line, line + 1}  # a decorator or its function
    assert told in text


def test_a_mistake_in_a_file_beside_is_told_with_that_file(tmp_path):
    text = complaint(folder(tmp_path, "from .days import DAYS\n", days="\nDAYS = undefined\n"))

    assert text == f"{tmp_path}/days.py:2: NameError: name 'undefined' is not defined"


def test_names_that_collide_are_told_with_both_places(tmp_path):
    profiles = [folder(tmp_path / "a", _GOOD), folder(tmp_path / "b", _GOOD)]

    with pytest.raises(ConfigError) as told:
        ToolRegistry(tools_beside(profiles))

    assert str(told.value) == (
        f"two tools are called shop.hours: rename {tmp_path}/b/tools.py:3 or {tmp_path}/a/tools.py:3"
    )
