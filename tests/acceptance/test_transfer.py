"""A caller presses 0 for a person: a real phone is referred, and tells what came of it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.acceptance.harness.api import assert_whole
from tests.acceptance.harness.installation import BRIEF, PEOPLE, Installation
from tests.acceptance.harness.sipp import run_sipp

_CALLER = "+12025550177"  # in the scenarios
pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def calls(house: Installation, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """Both at once: one caller whose transfer succeeds, one whose target answers 503."""
    before = {call["id"] for call in house.api.calls()}
    port, folder = house.platform.settings.sip.port, tmp_path_factory.mktemp("transfers")
    with ThreadPoolExecutor(2) as threads:
        for run in [
            threads.submit(run_sipp, name, port, folder, number=BRIEF, timeout_s=40)
            for name in ("transferred", "taken_back")
        ]:
            run.result()
    ours = [house.api.ended(id=call["id"]) for call in house.api.calls() if call["id"] not in before]
    by_reason = {call["ended_reason"]: call for call in ours if call["from"] == _CALLER}
    return {"transferred": by_reason["transferred"], "taken_back": by_reason["caller_hung_up"]}


def test_a_caller_who_asks_for_a_person_is_put_through_and_the_person_reads_what_it_is_about(
    house: Installation, calls: dict[str, dict]
) -> None:
    call = calls["transferred"]
    log = house.api.events(call["id"])
    (requested,) = [event["data"] for event in log if event["type"] == "transfer.requested"]
    transfer = house.api.get(f"/v1/transfers/{requested['reference']}")

    assert_whole(log)
    assert (call["result"], call["ended_by"]) == ("success", "agent")
    assert (transfer["call_id"], transfer["state"], transfer["target"]) == (call["id"], "completed", PEOPLE)
    assert (transfer["from"], transfer["summary"]["intent"]) == (_CALLER, "talk_to_person")
    assert transfer["summary"]["last_lines"][-1]["text"] == "I am putting you through."


def test_a_caller_whose_transfer_failed_agrees_to_be_called_back(house: Installation, calls: dict[str, dict]) -> None:
    call = calls["taken_back"]
    log = house.api.events(call["id"])
    (failed,) = [event["data"] for event in log if event["type"] == "transfer.failed"]
    said = [event["data"]["played"] for event in log if event["type"] == "agent.said"]
    (callback,) = [one for one in house.api.get("/v1/callbacks")["items"] if one["call_id"] == call["id"]]

    assert (failed["reason"], failed["sip_code"]) == ("refused", 503)
    assert any(text.startswith("Nobody answers.") for text in said)
    assert callback["number"] == "5551234"
    closed = house.api.post(f"/v1/callbacks/{callback['id']}/actions/close", {"outcome": "reached"})
    assert (closed["state"], closed["outcome"]) == ("closed", "reached")
