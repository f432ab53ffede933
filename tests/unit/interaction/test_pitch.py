import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from voiceagent.interaction.model.pitch import pitch_of
from voiceagent.interaction.model.spectrum import SpectrumStreams, offline_magnitudes
from voiceagent.interaction.presets import preset

_CONFIG = preset("tiny")
_RATE_HZ = 16_000


def _voice(pitch_hz: np.ndarray, lowest: int = 1) -> np.ndarray:
    """A buzz of that pitch at every sample: harmonics up to 3.4 kHz from the `lowest`-th on."""
    phase = 2 * np.pi * np.cumsum(pitch_hz) / _RATE_HZ
    count = int(3400 / pitch_hz.max())
    return 0.05 * sum(np.sin(k * phase) for k in range(lowest, count + 1))


def _picture(signal: np.ndarray) -> np.ndarray:
    """Levels (frames, 40)."""
    return pitch_of(offline_magnitudes(signal, _CONFIG), _CONFIG)


def _channel(pitch_hz: float) -> float:
    return 40 / 2.6 * np.log2(pitch_hz / 70)


@pytest.mark.parametrize("pitch_hz", [90.0, 120.0, 180.0, 240.0, 330.0])
def test_the_pitch_of_a_voice_is_where_its_picture_is_brightest(pitch_hz: float) -> None:
    levels = _picture(_voice(np.full(8000, pitch_hz)))

    assert levels.shape == (25, 40)
    assert abs(float(levels[5].argmax()) - _channel(pitch_hz)) <= 1


def test_a_telephone_line_that_cuts_the_fundamental_off_leaves_the_pitch() -> None:
    whole, cut = (_picture(_voice(np.full(8000, 120.0), lowest)) for lowest in (1, 3))

    assert abs(int(whole[5].argmax()) - int(cut[5].argmax())) <= 1
    assert cut[5].max() >= 8


def test_a_falling_voice_falls_through_the_channels() -> None:
    falling = _picture(_voice(np.linspace(220.0, 110.0, 16_000), 2))[4:-2].argmax(axis=1).astype(int)

    assert (np.diff(falling) <= 0).all()
    assert falling[0] - falling[-1] >= 12  # an octave is 15.4 channels


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(1).normal(0.0, 0.1, 16_000)

    assert _picture(noise).max() <= 6
    assert _picture(np.zeros(3200)).max() <= 1


def test_how_loud_a_voice_is_changes_nothing() -> None:
    voice = _voice(np.full(8000, 150.0))

    np.testing.assert_array_equal(_picture(voice)[3:-2], _picture(0.03 * voice)[3:-2])


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), pitch_hz=st.floats(70.0, 420.0), gain=st.floats(0.0, 1.5))
def test_streaming_levels_equal_offline_levels_exactly(seed: int, pitch_hz: float, gain: float) -> None:
    noisy = _voice(np.full(1280 * 4, pitch_hz)) + np.random.default_rng(seed).normal(0.0, 0.05, 1280 * 4)
    pcm = np.clip(noisy * gain * 32_768, -32_768, 32_767).astype(np.int16)
    stream = SpectrumStreams(_CONFIG)
    streamed = [pitch_of(stream.push([pcm[at : at + 1280]]), _CONFIG)[0] for at in range(0, len(pcm), 1280)]

    np.testing.assert_array_equal(np.concatenate(streamed), _picture(pcm / 32_768.0))


def test_levels_fit_into_half_a_byte_whatever_is_heard() -> None:
    tone = np.sin(2 * np.pi * 200 * np.arange(8000) / _RATE_HZ)

    assert _picture(tone).max() == 15
