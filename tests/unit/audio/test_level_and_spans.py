import numpy as np
import pytest

from voiceagent.audio.frame import SAMPLE_RATE_HZ, ms_to_samples, samples_to_ms
from voiceagent.audio.level import envelope, levels_dbfs, rms_dbfs
from voiceagent.audio.spans import sound_spans
from voiceagent.audio.tone import SILENT_DBFS, make_tone
from voiceagent.audio.wav import decode_wav, encode_wav
from voiceagent.core.errors import BadInput


def _silence(ms: float) -> np.ndarray:
    return np.zeros(ms_to_samples(ms), np.int16)


def _tone(ms: float, level_dbfs: float = -12.0) -> np.ndarray:
    return make_tone(440.0, ms / 1000, level_dbfs)


def _times(pcm: np.ndarray, **how: float) -> list[tuple[int, int]]:
    return [(samples_to_ms(span.start), samples_to_ms(span.end)) for span in sound_spans(pcm, **how)]


def test_the_level_of_a_sine_is_three_decibels_under_its_peak() -> None:
    assert rms_dbfs(make_tone(1000.0, 1.0, -20.0)[1600:-1600]) == pytest.approx(-23.0, abs=0.1)


def test_silence_and_nothing_at_all_are_at_the_floor() -> None:
    assert rms_dbfs(_silence(20)) == SILENT_DBFS
    assert rms_dbfs(_silence(0)) == SILENT_DBFS


def test_levels_leave_out_what_fills_no_window() -> None:
    assert levels_dbfs(np.ones(250, np.int16), 100).shape == (2,)


def test_an_envelope_has_the_peak_of_each_part() -> None:
    pcm = np.concatenate([_silence(100), np.full(1600, 16384, np.int16)])

    assert envelope(pcm, 4) == pytest.approx([0.0, 0.0, 0.5, 0.5])


def test_an_envelope_of_fewer_samples_than_parts_does_not_fail() -> None:
    assert envelope(np.array([16384], np.int16), 3).shape == (3,)
    assert envelope(np.zeros(0, np.int16), 3).tolist() == [0.0, 0.0, 0.0]


def test_spans_say_where_sound_begins_and_ends() -> None:
    pcm = np.concatenate([_silence(200), _tone(300), _silence(500), _tone(100), _silence(50)])

    assert _times(pcm) == [(200, 500), (1000, 1100)]


def test_short_gaps_are_bridged_when_asked_for() -> None:
    pcm = np.concatenate([_tone(300), _silence(150), _tone(300), _silence(400), _tone(100)])

    assert _times(pcm, bridge_ms=200) == [(0, 750), (1150, 1250)]


def test_what_never_gets_loud_is_no_sound_but_a_quiet_tail_belongs_to_it() -> None:
    hiss = np.full(4800, 116, np.int16)  # 300 ms at -49 dBFS
    speech = np.full(1600, 3000, np.int16)

    assert _times(hiss) == []
    assert _times(np.concatenate([speech, hiss, _silence(100)])) == [(0, 400)]


def test_a_click_is_no_span() -> None:
    pcm = _silence(100)
    pcm[800:810] = 20_000

    assert _times(pcm) == []


def test_a_wav_holds_its_channels_and_rate() -> None:
    left, right = _tone(100), _silence(100)

    wav = decode_wav(encode_wav(left, right))

    assert wav.rate_hz == SAMPLE_RATE_HZ
    assert [channel.tolist() for channel in wav.channels] == [left.tolist(), right.tolist()]


def test_a_wav_that_was_cut_short_is_read_as_far_as_it_goes() -> None:
    wav = decode_wav(encode_wav(_tone(100), _tone(100))[:-3])

    assert [len(channel) for channel in wav.channels] == [1599, 1599]


def test_what_is_no_wav_is_refused() -> None:
    with pytest.raises(BadInput, match="no WAV file"):
        decode_wav(b"RIFFnonsense")
    with pytest.raises(BadInput, match="one length"):
        encode_wav(_tone(100), _tone(80))
