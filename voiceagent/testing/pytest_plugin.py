"""A pytest plugin: the fixture `call` is a call to your agent, on a virtual clock.

    async def test_who_asks_for_an_order_is_asked_for_its_number(call):
        await call.says("where is my order")
        await call.heard("order number", within=0.6)

The agent is the nearest folder above the test that has an agent.yaml, or the one that `@pytest.mark.agent` names, with
`caller`, `consent` and `answers` as in a scenario file. Needs no other plugin to run; goes with pytest-asyncio.
"""

import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from voiceagent.testing.rehearsal.called import CalledAgent

_AGENT_FILE = "agent.yaml"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "agent(folder, caller=..., consent=..., answers=...): whom the fixture `call` calls, and how"
    )


@pytest.fixture
def call(request: pytest.FixtureRequest) -> "Iterator[CalledAgent]":
    """A call to the agent: answered, and through the opening, with consent unless the marker says otherwise."""
    from voiceagent.testing.rehearsal.called import CalledAgent  # noqa: PLC0415 - every pytest run loads plugins

    marker = request.node.get_closest_marker("agent")
    options: dict[str, Any] = dict(marker.kwargs) if marker is not None else {}
    if marker is not None and marker.args:
        options["folder"] = marker.args[0]
    named = options.pop("folder", None)
    called = CalledAgent(request.path.parent / named if named is not None else _nearest(request.path), **options)
    yield called
    called.close()


@pytest.hookimpl
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    """Run an async test with a `call` where no other plugin runs async tests."""
    if "call" not in pyfuncitem.fixturenames or not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted}))
    return True


def _nearest(path: Path) -> Path:
    for folder in path.parents:
        if (folder / _AGENT_FILE).is_file():
            return folder
    raise pytest.UsageError(
        f'there is no {_AGENT_FILE} above {path}; name its folder with @pytest.mark.agent("folder")'
    )
