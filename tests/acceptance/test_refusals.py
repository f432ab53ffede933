"""Who is turned away, with which answer, and that an operator can read why. The next good call works."""

import random
import socket

import pytest

from tests.acceptance.harness.api import assert_whole, kinds
from tests.acceptance.harness.callers import HANG_UP, OPENING, Caller, Phone, listen
from tests.acceptance.harness.installation import BRIEF, CARRIER_IP, CARRIER_PASSWORD, STRANGER_IP
from tests.acceptance.harness.resemblance import SAID, resemblance
from tests.acceptance.harness.sipp import run_sipp
from voiceagent.apps.platform_ports import rtp_ports_per_cell
from voiceagent.telephony.routing import normalise_callee

pytestmark = pytest.mark.timeout(120)


def assert_refused(house, call, code, reason):
    assert (call["status"], call["ended_reason"]) == ("rejected", reason)
    assert call["sip"]["final_code"] == code
    assert call["sip"]["explanation"]
    log = house.api.events(call["id"])
    assert kinds(log) == ["call.started", "call.refused", "call.ended"]
    assert_whole(log)


def assert_good_call_works(house, folder):
    back = Caller(house.uri(BRIEF), (listen(0.9, 0.2), HANG_UP), folder).finish()

    assert resemblance(house.prompts("brief")[house.profiles["brief"].opening.disclosure], back.heard) > SAID
    call = house.api.ended(sip_call_id=back.report.sip_call_id)
    assert (call["result"], call["ended_reason"]) == ("success", "caller_hung_up")


def test_a_stranger_gets_403_and_the_record_says_how_to_let_them_in(house, tmp_path):
    report = Phone(house.uri(BRIEF), "--seconds", "1", host=STRANGER_IP).report()

    call = house.api.ended(sip_call_id=report["sip_call_id"])
    assert (report["answered"], report["code"]) == (False, 403)
    assert_refused(house, call, 403, "unknown_trunk")
    assert STRANGER_IP in call["sip"]["explanation"]
    assert_good_call_works(house, tmp_path / "good")


def test_a_wrong_password_gets_403_and_the_right_one_is_let_in(house):
    user = ("--username", "carrier", "--seconds", "1")

    wrong = Phone(house.uri(BRIEF), *user, "--password", "a guess", host=CARRIER_IP).report()
    right = Phone(house.uri(BRIEF), *user, "--password", CARRIER_PASSWORD, host=CARRIER_IP).report()

    assert (wrong["answered"], wrong["code"]) == (False, 403)
    assert_refused(house, house.api.ended(sip_call_id=wrong["sip_call_id"]), 403, "bad_credentials")
    good = house.api.ended(sip_call_id=right["sip_call_id"])
    assert (right["answered"], good["trunk"], good["result"]) == (True, "carrier", "success")


def test_an_unknown_number_gets_404(house, tmp_path):
    report = Phone(house.uri("+15550199"), "--seconds", "1").report()

    call = house.api.ended(sip_call_id=report["sip_call_id"])
    assert (report["answered"], report["code"]) == (False, 404)
    assert_refused(house, call, 404, "unknown_number")
    assert (call["trunk"], call["to"]) == ("local", "+15550199")
    assert_good_call_works(house, tmp_path / "good")


def test_a_codec_that_we_do_not_have_gets_488(house, tmp_path):
    run_sipp("refused_488", house.platform.settings.sip.port, tmp_path, number="+15550101")

    assert_refused(house, house.api.ended(from_="sipp", to=normalise_callee(BRIEF)), 488, "unsupported_codec")
    assert_good_call_works(house, tmp_path / "good")


def test_a_malformed_body_is_refused(house, tmp_path):
    before = {call["id"] for call in house.api.calls()}

    run_sipp("malformed_sdp", house.platform.settings.sip.port, tmp_path, number="+15550101")

    assert_good_call_works(house, tmp_path / "good")
    (call,) = [call for call in house.api.calls() if call["id"] not in before and call["from"] == "sipp"]
    assert call["ended_reason"] in {"malformed", "unsupported_codec"}
    assert_refused(house, call, call["sip"]["final_code"], call["ended_reason"])
    assert call["sip"]["final_code"] in {400, 488}


def test_garbage_on_the_rtp_ports_does_not_disturb_a_call(house, tmp_path):
    sip = house.platform.settings.sip
    ports = range(sip.rtp_port, sip.rtp_port + rtp_ports_per_cell(sip.lines_per_cell))
    caller = Caller(house.uri(BRIEF), (OPENING, HANG_UP), tmp_path / "call")
    house.api.find(sip_call_id=caller.sip_call_id)
    dice = random.Random(4711)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(40):
            for port in ports:
                sender.sendto(dice.randbytes(dice.randrange(1, 400)), ("127.0.0.1", port))
                sender.sendto(b"\x80\x00" + dice.randbytes(170), ("127.0.0.1", port))

    back = caller.finish()
    opening, prompts = house.profiles["brief"].opening, house.prompts("brief")
    assert back.report.failure == ""
    assert resemblance(prompts[opening.disclosure], back.heard) > SAID
    assert resemblance(prompts[opening.question], back.heard) > SAID
    assert house.api.ended(sip_call_id=back.report.sip_call_id)["ended_reason"] == "caller_hung_up"
