"""Who hears whom, proven by content."""

import itertools

import numpy as np
import pytest

from voiceagent.audio.tone import loudest_hz, tone_dbfs, tone_share


def test_the_caller_hears_the_agent_and_the_agent_hears_the_caller(gateway, phone, stereo, tmp_path):
    cell = gateway(tone_hz=1000.0)

    report = phone(cell.port, "--tone", "440", "--seconds", "3", "--record", str(tmp_path / "call.wav")).report()

    sent, heard = stereo(tmp_path / "call.wav")
    ended = cell.wait_for("hung_up")
    assert report["answered"]
    assert loudest_hz(sent[16_000:32_000]) == pytest.approx(440, abs=2)
    assert loudest_hz(heard[16_000:32_000]) == pytest.approx(1000, abs=2)
    assert tone_share(heard[16_000:32_000], 1000) > 0.98
    assert ended["heard_hz"] == pytest.approx(440, abs=2)
    assert (ended["result"], ended["reason"]) == ("success", "caller_hung_up")


@pytest.mark.parametrize("codec", ["PCMU", "PCMA", "G722"])
def test_every_codec_carries_the_tone_there_and_back(gateway, phone, stereo, tmp_path, codec):
    cell = gateway()

    report = phone(
        cell.port, "--tone", "700", "--seconds", "3", "--codecs", codec, "--record", str(tmp_path / "call.wav")
    ).report()

    _, heard = stereo(tmp_path / "call.wav")
    assert report["codec"] == codec
    assert cell.wait_for("answered")["codec"] == codec
    assert tone_dbfs(heard[16_000:32_000], 700) == pytest.approx(-12, abs=1)


def test_frames_come_at_their_pace_in_both_directions(gateway, phone):
    cell = gateway()

    report = phone(cell.port, "--tone", "700", "--seconds", "4").report()

    ended = cell.wait_for("hung_up")
    assert abs(ended["pulled"] - ended["pushed"]) <= 1
    assert ended["pushed"] == pytest.approx(200, abs=10)
    assert report["frames_heard"] == pytest.approx(200, abs=10)
    assert ended["packets_received"] == pytest.approx(200, abs=10)


def test_four_callers_at_once_each_hear_only_themselves(gateway, phone, stereo, tmp_path):
    cell = gateway()
    tones = [400, 700, 1100, 1700]

    phones = [
        phone(cell.port, "--tone", str(tone), "--seconds", "4", "--record", str(tmp_path / f"{tone}.wav"))
        for tone in tones
    ]
    reports = [one.report() for one in phones]

    assert all(report["answered"] for report in reports)
    for tone in tones:
        _, heard = stereo(tmp_path / f"{tone}.wav")
        middle = heard[24_000:48_000]
        assert loudest_hz(middle) == pytest.approx(tone, abs=2)
        assert all(tone_dbfs(middle, other) < -55 for other in tones if other != tone)


def test_a_call_hears_nothing_of_the_one_that_had_its_line_before(gateway, phone, sipp, stereo, tmp_path):
    # The first caller is hung up on, never answers the BYE and goes on talking while others use the freed ports.
    (tmp_path / "tone.ulaw").write_bytes(_mu_law(np.sin(2 * np.pi * 500 * np.arange(8000) / 8000)))
    cell = gateway(hang_up_after_s=1.5)
    sipp("deaf_to_bye", cell.port, timeout_s=20)

    for number in itertools.islice(itertools.count(), 4):
        file = tmp_path / f"{number}.wav"
        report = phone(cell.port, "--tone", "1300", "--seconds", "1.2", "--record", str(file)).report()
        _, heard = stereo(file)
        assert report["answered"]
        assert loudest_hz(heard[8_000:16_000]) == pytest.approx(1300, abs=4)
        assert tone_dbfs(heard[8_000:16_000], 500) < -50
    first = cell.of("hung_up")[0]
    assert first["reason"] == "time_limit"
    assert first["heard_hz"] == pytest.approx(500, abs=4)


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


def _mu_law(signal):
    """G.711 mu-law bytes of a signal in [-1, 1] at half level (ITU-T G.711, table 2a)."""
    pcm = np.round(signal * 16_000).astype(np.int32)
    sign = np.where(pcm < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(pcm), 32_635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return (~(sign | exponent << 4 | mantissa) & 0xFF).astype(np.uint8).tobytes()
