import numpy as np
import pytest

from voiceagent.audio.phone_band import through_phone


def _level_db(tone_hz: float) -> float:
    """Level of a tone behind the line, relative to what was sent."""
    sent = (8000 * np.sin(2 * np.pi * tone_hz * np.arange(16_000) / 16_000)).astype(np.int16)
    heard = through_phone(sent)[2000:-2000].astype(float)
    return 20 * np.log10(np.sqrt(np.mean(heard**2)) / (8000 / np.sqrt(2)) + 1e-9)


@pytest.mark.parametrize("tone_hz", [440, 1000, 3000], ids="{} Hz".format)
def test_the_voice_band_passes(tone_hz):
    assert _level_db(tone_hz) == pytest.approx(0.0, abs=0.5)


@pytest.mark.parametrize("tone_hz", [50, 150, 4000, 6000], ids="{} Hz".format)
def test_what_is_outside_of_the_band_is_gone(tone_hz):
    assert _level_db(tone_hz) < -35


def test_length_and_time_are_kept():
    click = np.zeros(3201, np.int16)
    click[1600] = 20_000
    heard = through_phone(click)

    assert len(heard) == 3201
    assert abs(int(np.argmax(np.abs(heard))) - 1600) <= 1


def test_nothing_in_is_nothing_out():
    assert len(through_phone(np.zeros(0, np.int16))) == 0
