"""A whole installation with Presidio: real calls are masked with it, and go on without it."""

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.acceptance.harness.callers import ANSWER, GREETING, HANG_UP, OPENING, YES, Caller, say
from tests.acceptance.harness.installation import BRIEF, Installation, settings_for, wait_until
from voiceagent.apps.presidio.chosen import check_presidio
from voiceagent.apps.presidio.wire import socket_of
from voiceagent.config.redaction_settings import PresidioSettings, RedactionSettings

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, model: str) -> Iterator[Installation]:
    settings = settings_for(tmp_path_factory.mktemp("house"))
    presidio = PresidioSettings(enabled=True, model=model, budget_ms=200)
    with Installation(settings.model_copy(update={"redaction": RedactionSettings(presidio=presidio)})) as house:
        yield house


def hours(house: Installation, folder: Path) -> str:
    """What is kept of "We are here from eight in the morning to six in the evening.", said in a call."""
    folder.mkdir()
    steps = (OPENING, YES, GREETING, say("What are your opening hours?"), ANSWER, HANG_UP)
    caller = Caller(house.uri(BRIEF), steps, folder).finish()
    call = house.api.ended(sip_call_id=caller.report.sip_call_id)
    said = [event["data"]["planned"] for event in house.api.events(call["id"]) if event["type"] == "agent.said"]
    return next(text for text in said if text.startswith("We are here"))


def unaided(house: Installation) -> float:
    exposition = httpx.get(f"{house.platform.api_url}/metrics").text
    (line,) = [line for line in exposition.splitlines() if line.startswith("voiceagent_redaction_unaided_texts ")]
    return float(line.split()[1])


def test_calls_are_masked_with_it_and_go_on_without_it(house: Installation, tmp_path: Path) -> None:
    assert "in the [NAME] to six" in hours(house, tmp_path / "with")
    assert unaided(house) == 0
    (finding,) = check_presidio(house.platform.settings)
    assert finding.ok, finding.remedy

    stopped = house.pid("presidio-0")
    os.kill(stopped, signal.SIGSTOP)
    assert "in the morning to six" in hours(house, tmp_path / "without")
    wait_until(lambda: unaided(house) > 0, 30, "the texts that went without it are counted")
    assert "our own rules stand alone" in house.log("sip_gateway-0")
    (finding,) = check_presidio(house.platform.settings)
    assert "presidio-0.log" in finding.remedy
    assert not finding.ok

    house.kill("presidio-0")
    house.wait_for_successor("presidio-0", stopped)
    assert "in the [NAME] to six" in hours(house, tmp_path / "again")
    assert "presidio looks again" in house.log("sip_gateway-0")


def test_its_socket_is_its_owners_and_its_log_holds_no_words(house: Installation) -> None:
    socket = socket_of(house.state)

    assert socket.is_socket()
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert "presidio is loaded" in house.log("presidio-0")
    assert "morning" not in house.log("presidio-0")
