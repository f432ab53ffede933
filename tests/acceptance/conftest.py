"""One installation for the whole tier; tests that kill its parts bring their own."""

from collections.abc import Iterator

import pytest

from tests.acceptance.harness.callers import UNTIL_END, Caller, listen, say
from tests.acceptance.harness.installation import ORDERS, Installation, settings_for
from tests.acceptance.harness.scripted import ScriptedCall
from tests.acceptance.harness.traces import stamps


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A running platform with two SIP cells."""
    with Installation(settings_for(tmp_path_factory.mktemp("house"), cells=2)) as house:
        yield house


@pytest.fixture(scope="session")
def scripted_call(house: Installation, tmp_path_factory: pytest.TempPathFactory) -> ScriptedCall:
    """A caller says yes, asks for an order and says goodbye."""
    before = stamps(house.state)
    steps = (
        listen(8.0),
        say("Yes, that's fine."),
        listen(1.0),
        say("Where is my order, four two one seven?"),
        listen(4.0),
        say("That's all, thank you."),
        UNTIL_END,
    )
    caller = Caller(house.uri(ORDERS), steps, tmp_path_factory.mktemp("scripted")).finish()
    call = house.api.ended(sip_call_id=caller.report.sip_call_id)
    return ScriptedCall(caller=caller, call=call, log=house.api.events(call["id"]), before=before)
