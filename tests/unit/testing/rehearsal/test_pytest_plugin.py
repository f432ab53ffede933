"""The fixture `call`: what passes, what fails and how that reads. Each test here runs a pytest of its own."""

import importlib
import tomllib
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

_ROOT = Path(__file__).parents[4]
_AUTO = ("-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function")
importlib.import_module("voiceagent.testing.rehearsal.called")  # or every run within would load it anew


@pytest.fixture
def run(pytester, folder, monkeypatch):
    """Run a test file that lies in the agent's folder, under tests/, with our plugin and those that are named."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def started(source: str, *options: str) -> pytest.RunResult:
        path = folder / "tests" / "test_it.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(source)
        return pytester.runpytest_inprocess(str(path), "-p", "no:cacheprovider", "-p", _plugin(), *options)

    return started


def _plugin() -> str:
    points = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    ((name, module),) = points.items()
    assert name == module  # so that -p and the installed entry point are one plugin
    return name


def test_the_entry_point_names_a_plugin_with_the_fixture():
    assert callable(importlib.import_module(_plugin()).call)


def test_a_call_is_a_few_lines_and_no_waiting(run):
    result = run("""
async def test_a_call(call):
    await call.says("is it in stock")
    await call.heard("which thing", within=0.6)
    await call.says("boots")
    await call.overlaps("mm-hm", at=0.8)
    assert (await call.used("shop.stock", item="boots"))["left"] == 3
    said = await call.heard("we have 3", interrupted=False)
    call.never_used("shop.reserve")
    call.never_heard("pardon")
    await call.waits(1)
    assert call.now > 10
    await call.says("goodbye")
    await call.ended()
    assert [line.who for line in call.transcript][-3:] == ["caller", "agent", "call"]
""")

    result.assert_outcomes(passed=1)


def test_it_goes_with_pytest_asyncio(run):
    source = 'async def test_it(call):\n    await call.says("goodbye")\n    await call.ended()\n'

    result = run(source, "-p", "pytest_asyncio", *_AUTO)

    result.assert_outcomes(passed=1)


def test_a_marker_says_whom_to_call_and_how(run, folder):
    result = run(f"""
import pytest

AWAY = {{"shop.stock": {{"unavailable": True}}}}

@pytest.mark.agent({str(folder)!r}, caller="+12025550199", consent="no", answers=AWAY)
async def test_it(call):
    await call.says("do you have boots")
    await call.heard("can not reach the shop")
    await call.says("keep boots for me")
    await call.heard("shall I keep boots")
    await call.says("yes")
    assert (await call.used("shop.reserve"))["for_number"] == "+12025550199"
""")

    result.assert_outcomes(passed=1)


def test_a_failure_shows_the_line_of_the_test_and_the_call_and_nothing_of_ours(run):
    result = run("""
async def test_it(call):
    await call.says("do you have boots")
    await call.heard("order number")
""")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            '>       await call.heard("order number")',
            "E       voiceagent.testing.rehearsal.transcript.Missing: the agent did not say 'order number'",
            "E         instead: * agent   We have 3 of boots in the shop*",
            "E         the call until then:",
            "E            * caller  do you have boots",
            "E            * tool    shop.stock(item='boots') -> found=True, left=3",
        ]
    )
    assert "called.py" not in "".join(result.outlines)


def test_what_must_not_follow_the_last_words_is_waited_for(run):
    result = run("""
async def test_it(call):
    await call.says("keep boots for me")
    await call.says("yes")
    call.never_used("shop.reserve")
""")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*Missing: the tool shop.reserve was not to run"])
    assert "called.py" not in "".join(result.outlines)


@pytest.mark.parametrize("runner", [(), ("-p", "pytest_asyncio", *_AUTO)], ids=["alone", "pytest-asyncio"])
@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def test_it(call):\n    call.says('goodbye')\n", "*awaits its steps: write `async def test_it`*"),
        ("async def test_it(call):\n    call.says('goodbye')\n", "*not awaited*write `await call.says(...)`*"),
        ("async def test_it(call):\n    pass\n", "*the test did nothing with its `call`*"),
    ],
    ids=["sync", "not awaited", "unused"],
)
def test_a_test_that_shows_nothing_does_not_pass(run, source, told, runner):
    result = run(source, *runner)

    counts = result.parseoutcomes()
    assert counts.get("failed", 0) + counts.get("errors", 0) == 1
    assert "passed" not in counts
    result.stdout.fnmatch_lines([told])


@pytest.mark.parametrize(
    ("marked", "told"),
    [
        ('consent="maybe"', "*consent is 'maybe'; write one of yes, no, script*"),
        ('colour="red"', "*does not take 'colour'; it takes folder, caller, consent, answers*"),
        ("caller=4217", "*caller is a text, not 4217*"),
        ('answers={"shop.stock": {"takes_s": -1}}', "*answers*>= 0*"),
        ('answers={"shop.stok": {}}', "*shop.stok*"),
    ],
)
def test_a_mistake_in_the_marker_is_told(run, marked, told):
    result = run(f"""
import pytest

@pytest.mark.agent({marked})
async def test_it(call):
    await call.says("goodbye")
""")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([told])


def test_a_mistake_in_the_folder_is_told_when_the_call_begins(run, folder):
    (folder / "tools.py").write_text("import no_such_package\n")

    result = run("async def test_it(call):\n    pass\n")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E*tools.py:1: No module named 'no_such_package'*"])


def test_a_test_without_an_agent_is_told_how_to_name_one(run, folder):
    (folder / "agent.yaml").rename(folder / "other.yaml")

    result = run("async def test_it(call):\n    pass\n")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*name its folder with @pytest.mark.agent*"])
