"""A pytest plugin: the fixture `call` is a call to your agent, on a virtual clock.

    async def test_who_asks_for_an_order_is_asked_for_its_number(call):
        await call.says("where is my order")
        await call.heard("order number", within=0.6)

The agent is the nearest folder above the test that has an agent.yaml, or the one that `@pytest.mark.agent` names, with
`caller`, `consent` and `answers` as in a scenario file. Needs no other plugin to run; goes with pytest-asyncio.
"""

import asyncio
import inspect
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from voiceagent.testing.rehearsal.called import CalledAgent

_AGENT_FILE = "agent.yaml"
_OPTIONS = ("folder", "caller", "consent", "answers")
_CALLED: "pytest.StashKey[CalledAgent]" = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "agent(folder, caller=..., consent=..., answers=...): whom the fixture `call` calls, and how"
    )


@pytest.fixture
def call(request: pytest.FixtureRequest) -> "Iterator[CalledAgent]":
    """A call to the agent: answered, and through the opening, with consent unless the marker says otherwise."""
    from voiceagent.testing.rehearsal.called import CalledAgent  # noqa: PLC0415 - every pytest run loads plugins

    _must_be_async(request.function)
    options = _marked(request.node.get_closest_marker("agent"))
    named = options.pop("folder", None)
    called = CalledAgent(request.path.parent / named if named is not None else _nearest(request.path), **options)
    request.node.stash[_CALLED] = called
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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test that passed without letting its call go on has shown nothing."""
    result = yield
    called = item.stash.get(_CALLED, None)
    if called is not None and called.not_awaited:
        steps = ", ".join(f"`await call.{step}(...)`" for step in called.not_awaited)
        pytest.fail(f"a step was not awaited, so it did not happen: write {steps}", pytrace=False)
    if called is not None and not called.touched:
        pytest.fail(
            "the test did nothing with its `call`: write `await call.says(...)`, or leave it out", pytrace=False
        )
    return result


def _must_be_async(function: Callable[..., object]) -> None:
    written = inspect.unwrap(function)  # who runs async tests may have wrapped it
    if "call" in inspect.signature(written).parameters and not inspect.iscoroutinefunction(written):
        pytest.fail(f"a test with `call` awaits its steps: write `async def {written.__name__}`", pytrace=False)


def _marked(marker: pytest.Mark | None) -> dict[str, Any]:
    """What the marker says, as `CalledAgent` takes it."""
    if marker is None:
        return {}
    options: dict[str, Any] = dict(zip(("folder",), marker.args, strict=False)) | dict(marker.kwargs)
    unknown = sorted(options.keys() - _OPTIONS)
    if unknown or len(marker.args) > 1:
        wrong = f"{unknown[0]!r}" if unknown else f"{marker.args[1]!r} without a name"
        raise pytest.UsageError(f"@pytest.mark.agent does not take {wrong}; it takes {', '.join(_OPTIONS)}")
    for name in ("folder", "caller"):
        if name in options and not isinstance(options[name], str | Path):
            raise pytest.UsageError(f"@pytest.mark.agent: {name} is a text, not {options[name]!r}")
    return options


def _nearest(path: Path) -> Path:
    for folder in path.parents:
        if (folder / _AGENT_FILE).is_file():
            return folder
    raise pytest.UsageError(
        f'there is no {_AGENT_FILE} above {path}; name its folder with @pytest.mark.agent("folder")'
    )
