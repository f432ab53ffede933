"""What both sides may do during a call beside talking: digits, hold, late offers, hanging up, giving up."""

import pytest

from voiceagent.audio.tone import tone_dbfs


def test_digits_arrive_in_order_as_rfc_4733_events(gateway, phone):
    cell = gateway()

    phone(cell.port, "--digits", "12#@0.5", "--digits", "*0@2.0", "--seconds", "4").report()

    cell.wait_for("hung_up")
    assert "".join(event["digit"] for event in cell.of("digit")) == "12#*0"


def test_digits_arrive_by_sip_info(gateway, sipp):
    cell = gateway()

    sipp("dtmf_info", cell.port)

    cell.wait_for("hung_up")
    assert [event["digit"] for event in cell.of("digit")] == ["5"]


def test_hold_and_back_keeps_the_call_and_its_pace(gateway, phone, stereo, tmp_path):
    cell = gateway(tone_hz=1000.0)

    phone(
        cell.port, "--tone", "440", "--seconds", "6", "--hold", "2-4", "--record", str(tmp_path / "call.wav")
    ).report()

    _, heard = stereo(tmp_path / "call.wav")
    ended = cell.wait_for("hung_up")
    assert ended["reason"] == "caller_hung_up"
    assert ended["pulled"] == pytest.approx(300, abs=15)
    assert abs(ended["pulled"] - ended["pushed"]) <= 1
    assert ended["heard_hz"] == pytest.approx(440, abs=2)
    assert tone_dbfs(heard[16_000:28_000], 1000) > -15
    assert tone_dbfs(heard[80_000:92_000], 1000) > -15


def test_a_caller_who_is_quite_gone_on_hold_is_neither_lost_nor_faster(gateway, sipp):
    cell = gateway(options={"media_timeout_s": 3.0})

    sipp("hold", cell.port)

    ended = cell.wait_for("hung_up")
    assert ended["reason"] == "caller_hung_up"
    assert ended["pulled"] == pytest.approx(325, abs=20)  # 1 + 1 + 3.5 + 1 s, the streamless part included
    assert abs(ended["pulled"] - ended["pushed"]) <= 1


def test_a_late_offer_is_answered(gateway, sipp):
    cell = gateway()

    sipp("late_offer", cell.port)

    assert cell.wait_for("answered")["codec"] == "PCMU"
    assert cell.wait_for("hung_up")["reason"] == "caller_hung_up"


def test_a_late_offer_that_is_never_answered_ends_the_leg(gateway, sipp):
    cell = gateway(options={"answer_timeout_s": 2.0})

    sipp("late_offer_unanswered", cell.port)

    assert cell.wait_for("answer_failed")["error"] == "BadInput"


def test_the_agent_can_hang_up(gateway, phone):
    cell = gateway(hang_up_after_s=1.0)

    report = phone(cell.port, "--seconds", "20").report()

    assert (report["ended_by"], report["code"]) == ("callee", 200)
    assert cell.wait_for("hung_up")["reason"] == "time_limit"


def test_a_caller_who_gives_up_while_it_rings_is_cancelled(gateway, phone):
    cell = gateway(handler="ring")

    report = phone(cell.port, "--cancel-after", "1").report()

    assert not report["answered"]
    assert cell.wait_for("hung_up")["reason"] == "cancelled"


def test_cancel_is_answered_as_the_standard_says(gateway, sipp):
    cell = gateway(handler="ring")

    sipp("cancel", cell.port)

    assert cell.wait_for("hung_up")["reason"] == "cancelled"


def test_a_leg_without_rtp_is_given_up(gateway, sipp):
    cell = gateway(options={"media_timeout_s": 2.0})

    sipp("no_rtp", cell.port)

    ended = cell.wait_for("hung_up")
    assert (ended["result"], ended["reason"], ended["packets_received"]) == ("upstream", "media_lost", 0)


def test_a_caller_cannot_transfer_our_leg(gateway, sipp):
    cell = gateway()

    sipp("refer", cell.port)

    assert cell.wait_for("hung_up")["reason"] == "caller_hung_up"


def test_a_phone_that_knows_no_refer_says_so_and_the_call_goes_on(gateway, sipp):
    cell = gateway(handler="transfer")

    sipp("refer_unknown", cell.port)

    assert cell.wait_for("hung_up")["reason"] == "caller_hung_up"
    assert [event["sip_code"] for event in cell.of("transfer")] == [405]
