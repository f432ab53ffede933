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


def _mu_law(signal):
    """G.711 mu-law bytes of a signal in [-1, 1] at half level (ITU-T G.711, table 2a)."""
    pcm = np.round(signal * 16_000).astype(np.int32)
    sign = np.where(pcm < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(pcm), 32_635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return (~(sign | exponent << 4 | mantissa) & 0xFF).astype(np.uint8).tobytes()
