"""An operator watches a call live and ends it."""

import pytest

from tests.acceptance.harness.api import assert_whole, kinds
from tests.acceptance.harness.callers import HANG_UP, OPENING, UNTIL_END, YES, Caller, listen
from tests.acceptance.harness.installation import BRIEF

pytestmark = pytest.mark.timeout(90)


def test_a_running_call_is_shown_live_in_order_and_ended_on_request(house, tmp_path):
    caller = Caller(house.uri(BRIEF), (OPENING, YES, UNTIL_END), tmp_path)
    call_id = house.api.find(sip_call_id=caller.sip_call_id)["id"]
    shown = []

    for event in house.api.follow(call_id):
        shown.append(event)
        if event["type"] == "consent.granted":
            house.api.post(f"/v1/calls/{call_id}/actions/hangup")

    back = caller.finish()
    call = house.api.ended(id=call_id)
    assert back.report.ended_by == "agent"
    assert (call["result"], call["ended_reason"], call["ended_by"]) == ("success", "operator_hung_up", "supervisor")
    assert_whole(shown)
    assert shown == house.api.events(call_id)
    assert kinds(shown).index("disclosure.played") < kinds(shown).index("consent.granted")


def test_a_call_that_has_ended_cannot_be_ended_again(house, tmp_path):
    back = Caller(house.uri(BRIEF), (listen(0.5, 0.1), HANG_UP), tmp_path).finish()
    call = house.api.ended(sip_call_id=back.report.sip_call_id)

    response = house.api.try_post(f"/v1/calls/{call['id']}/actions/hangup")

    assert response.status_code == 409
