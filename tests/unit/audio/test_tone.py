import numpy as np
import pytest
from hypothesis import given, strategies as st

from voiceagent.audio.tone import SILENT_DBFS, loudest_hz, make_tone, tone_dbfs, tone_share

NOTHING = np.zeros(0, np.int16)


@given(frequency=st.integers(200, 3800), level=st.floats(-50, -1))
def test_a_tone_is_found_where_it_is_and_as_loud_as_it_is(frequency, level):
    tone = make_tone(frequency, 0.5, level)

    assert loudest_hz(tone) == pytest.approx(frequency, abs=2.0)
    assert tone_dbfs(tone, frequency) == pytest.approx(level, abs=0.5)


def test_the_louder_of_two_tones_is_found_and_both_are_measured():
    mixed = make_tone(440, 1.0, -12) + make_tone(1000, 1.0, -20)

    assert loudest_hz(mixed) == pytest.approx(440, abs=1.5)
    assert tone_dbfs(mixed, 1000) == pytest.approx(-20, abs=0.5)
    assert tone_dbfs(mixed, 700) < -60


def test_the_share_tells_a_tone_from_noise():
    noise = np.random.default_rng(1).integers(-3000, 3000, 16_000).astype(np.int16)

    assert tone_share(make_tone(600, 1.0), 600) > 0.99
    assert tone_share(noise, 600) < 0.05


@pytest.mark.parametrize("pcm", [NOTHING, np.zeros(1600, np.int16)], ids=["nothing", "silence"])
def test_silence_has_no_tone(pcm):
    assert loudest_hz(pcm) == 0.0
    assert tone_dbfs(pcm, 440) == SILENT_DBFS
    assert tone_share(pcm, 440) == 0.0


def test_a_tone_starts_and_ends_softly():
    tone = make_tone(440, 0.1, -6)

    assert tone.shape == (1600,)
    assert abs(int(tone[0])) < 50
    assert abs(int(tone[-1])) < 800
