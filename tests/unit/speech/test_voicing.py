import numpy as np
import pytest
from hypothesis import given, strategies as st

from voiceagent.speech.voicing import Voicing, voiced_frames

_SECONDS = np.arange(16_000) / 16_000


def _vowel(pitch_hz: float) -> np.ndarray:
    """Harmonics that fade with frequency, as a voice has them."""
    harmonics = range(1, int(3400 / pitch_hz))
    sound = sum(np.sin(2 * np.pi * pitch_hz * n * _SECONDS) / n for n in harmonics)
    return (3000 * sound).astype(np.int16)


@pytest.mark.parametrize("pitch_hz", [90, 120, 180, 240, 300], ids="{} Hz".format)
def test_a_vowel_is_a_voice(pitch_hz):
    assert voiced_frames(_vowel(pitch_hz)).mean() > 0.95


@pytest.mark.parametrize("level", [10, 300, 8000])
def test_hiss_is_none(level):
    hiss = np.random.default_rng(2).normal(0.0, level, 16_000).clip(-32768, 32767).astype(np.int16)

    assert voiced_frames(hiss).mean() < 0.05


@pytest.mark.parametrize("keys", [(697, 1209), (770, 1336), (941, 1633), (350, 440)], ids=str)
def test_a_keypad_or_line_tone_is_none(keys):
    tone = sum(4000 * np.sin(2 * np.pi * key * _SECONDS) for key in keys)

    assert not voiced_frames(tone.astype(np.int16)).any()


def test_a_whisper_far_away_is_none():
    assert not voiced_frames(_vowel(120) // 1000).any()


def test_too_little_sound_has_no_frames():
    assert len(voiced_frames(np.zeros(639, np.int16))) == 0
    assert len(voiced_frames(np.zeros(640, np.int16))) == 1


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=12))
def test_pieces_give_what_the_whole_gives(sizes):
    sound = _vowel(150)[: sum(sizes)]
    voicing = Voicing()
    start = 0
    for size in sizes:
        voicing.add(sound[start : start + size])
        start += size
    whole = voiced_frames(sound)

    assert voicing.share(0, 10_000) == pytest.approx(whole.mean() if len(whole) else 0.0)


def test_the_voice_is_placed_within_the_sound():
    voicing = Voicing()
    quiet = np.zeros(8_000, np.int16)
    voicing.add(np.concatenate([quiet, _vowel(120), quiet]))
    first, last = voicing.span()

    assert 46 <= first <= 50
    assert 147 <= last <= 150


def test_where_nobody_speaks_the_voice_is_nowhere():
    voicing = Voicing()
    voicing.add(np.zeros(8_000, np.int16))

    assert voicing.span() == (0, -1)
