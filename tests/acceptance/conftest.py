"""One installation for the whole tier; tests that kill its parts bring their own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.harness.callers import RECORDED, UNTIL_END, Caller, listen, say
from tests.acceptance.harness.installation import ORDERS, Installation, settings_for
from tests.acceptance.harness.scripted import CHANGE, QUESTION, ScriptedCall
from tests.acceptance.harness.traces import Stamp, stamps

# What looks at the scripted call, or at everything that the house holds, comes once the call is over; the others fill
# the minute that it takes.
_LAST = ("parts_killed", "shutdown", "scripted_call", "canaries", "consent_refused", "many_calls")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    names = [item.path.stem.removeprefix("test_") for item in items]
    places = {item: _LAST.index(name) if name in _LAST else -1 for item, name in zip(items, names, strict=True)}
    items.sort(key=places.__getitem__)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A running platform with two SIP cells."""
    with Installation(settings_for(tmp_path_factory.mktemp("house"), cells=2)) as house:
        yield house


@dataclass(frozen=True)
class Dialled:
    caller: Caller
    before: dict[Path, Stamp]


@pytest.fixture(scope="session")
def dialled(house: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dialled]:
    """A caller says yes, asks for an order, has another delivered on another day and says goodbye.

    It takes a while: tests that do not mind run meanwhile.
    """
    before = stamps(house.state)
    steps = (
        listen(8.0),
        say("Yes, you may."),
        listen(1.0),
        say(QUESTION),
        listen(4.0),
        say(CHANGE),
        listen(3.0),
        say("Yes, please."),
        listen(2.0),
        say("Okay, goodbye."),
        UNTIL_END,
    )
    caller = Caller(house.uri(ORDERS), steps, tmp_path_factory.mktemp("scripted"), voice=RECORDED)
    yield Dialled(caller, before)
    caller.vanish()


@pytest.fixture(scope="session")
def scripted_call(house: Installation, dialled: Dialled) -> ScriptedCall:
    """The same call once it is over."""
    caller = dialled.caller.finish()
    call = house.api.ended(sip_call_id=caller.report.sip_call_id)
    return ScriptedCall(caller=caller, call=call, log=house.api.events(call["id"]), before=dialled.before)
