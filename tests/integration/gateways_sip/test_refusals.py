"""Who is turned away, with which answer, and that it is told."""

import time

import pytest

from voiceagent.telephony.digest import DigestCredentials

ALICE = DigestCredentials.from_password("alice", "lab", "secret")
WHO = {"username": "alice", "realm": "lab"}
MD5, SHA_256 = {"ha1": ALICE.ha1}, {"ha1_sha256": ALICE.ha1_sha256}


def carrier(hashes):
    return [{"name": "carrier", "allow": ["127.0.0.0/8"], "digest": {**WHO, **hashes}}]


WITH_PASSWORD = carrier(MD5 | SHA_256)


def test_an_unknown_trunk_is_refused_and_told(gateway, sipp):
    cell = gateway(trunks=[{"name": "carrier", "allow": ["127.0.0.1"]}])

    sipp("refused_403", cell.port, source="127.0.0.9")

    refusal = cell.wait_for("refused")
    assert (refusal["sip_code"], refusal["reason"]) == (403, "unknown_trunk")
    assert (refusal["caller"], refusal["callee"]) == ("sipp", "100")
    assert refusal["source"].startswith("127.0.0.9:")
    assert refusal["sip_call_id"]
    assert "allow" in refusal["explanation"]
    assert cell.of("offer") == []


def test_an_unknown_number_is_refused_and_told(gateway, sipp):
    cell = gateway()

    sipp("refused_404", cell.port, number="999")

    refusal = cell.wait_for("refused")
    assert (refusal["sip_code"], refusal["reason"], refusal["trunk_name"]) == (404, "unknown_number", "lab")


def test_an_offer_without_a_common_codec_is_refused_and_told(gateway, sipp):
    cell = gateway()

    sipp("refused_488", cell.port)

    refusal = cell.wait_for("refused")
    assert (refusal["sip_code"], refusal["reason"], refusal["trunk_name"]) == (488, "unsupported_codec", "lab")
    assert refusal["callee"] == "100"


def test_a_broken_body_is_refused_and_told(gateway, sipp, phone):
    cell = gateway()

    sipp("malformed_sdp", cell.port)

    assert cell.wait_for("refused")["reason"] in {"malformed", "unsupported_codec"}
    assert phone(cell.port, "--seconds", "1").report()["answered"]


@pytest.mark.parametrize("hashes", [MD5, SHA_256, MD5 | SHA_256], ids=["MD5", "SHA-256", "both"])
def test_the_right_password_is_let_in_without_a_record_of_the_challenge(gateway, phone, hashes):
    cell = gateway(trunks=carrier(hashes))

    report = phone(cell.port, "--username", "alice", "--password", "secret", "--seconds", "1").report()

    assert report["answered"]
    assert cell.wait_for("offer")["trunk_name"] == "carrier"
    assert cell.of("refused") == []
    assert cell.stop()["counters"]["challenged"] == 1


@pytest.mark.parametrize("user", ["alice", "mallory"])
def test_a_wrong_password_or_user_is_refused_and_told(gateway, phone, user):
    cell = gateway(trunks=WITH_PASSWORD)

    report = phone(cell.port, "--username", user, "--password", "guess", "--seconds", "1").report()

    refusal = cell.wait_for("refused")
    assert (report["answered"], report["code"]) == (False, 403)
    assert (refusal["sip_code"], refusal["reason"]) == (403, "bad_credentials")


def test_a_caller_without_a_password_only_gets_a_challenge(gateway, phone):
    cell = gateway(trunks=WITH_PASSWORD)

    report = phone(cell.port, "--seconds", "1").report()

    assert (report["answered"], report["code"]) == (False, 401)
    assert cell.of("offer") == []


def test_the_fifth_call_is_refused_and_told_while_four_go_on(gateway, phone):
    cell = gateway()
    four = phone(cell.port, "--calls", "4", "--parallel", "4", "--seconds", "4")
    cell.wait_for("answered", 4)

    fifth = phone(cell.port, "--seconds", "1", "--rtp-port", "31000").report()

    refusal = cell.wait_for("refused")
    assert cell.ready["lines"] == 4
    assert (fifth["answered"], fifth["code"]) == (False, refusal["sip_code"])
    assert refusal["reason"] == "no_capacity"
    assert refusal["callee"] == "100"
    assert [report["answered"] for report in four.reports()] == [True] * 4
    assert phone(cell.port, "--seconds", "1").report()["answered"]


def test_beyond_a_configured_limit_the_answer_is_503(gateway, phone):
    cell = gateway(options={"lines": 1})
    first = phone(cell.port, "--seconds", "4")
    cell.wait_for("answered")

    second = phone(cell.port, "--seconds", "1", "--rtp-port", "31000").report()

    assert second["code"] == 503
    assert cell.wait_for("refused")["reason"] == "no_capacity"
    assert first.report()["answered"]


def test_the_503_says_when_to_try_again(gateway, phone, sipp):
    cell = gateway(options={"lines": 1})
    first = phone(cell.port, "--seconds", "4")
    cell.wait_for("answered")

    sipp("refused_503", cell.port)

    assert first.report()["answered"]


def test_a_handler_that_fails_ends_its_call_and_no_other(gateway, phone):
    cell = gateway(handler="fail")

    report = phone(cell.port, "--seconds", "1").report()
    again = phone(cell.port, "--seconds", "1").report()

    assert (report["code"], again["code"]) == (500, 500)
    assert cell.stop()["counters"]["handler_failures"] == 2


def test_at_shutdown_running_calls_are_told_and_hung_up(gateway, phone):
    cell = gateway()
    caller = phone(cell.port, "--seconds", "30")
    cell.wait_for("answered")
    time.sleep(1.0)

    words = cell.stop()

    assert caller.report()["ended_by"] == "callee"
    assert cell.of("hung_up")[0]["reason"] == "shutdown"
    assert words["threads"] == ["MainThread", *[name for name in words["threads"] if name.startswith("asyncio")]]
