import numpy as np
import pytest

from voiceagent.core.errors import BadInput
from voiceagent.interaction.model.spectrum import SpectrumStreams, offline_magnitudes
from voiceagent.interaction.presets import preset

_CONFIG = preset("tiny")


def test_a_frame_needs_no_sample_after_its_end() -> None:
    signal = np.random.default_rng(2).standard_normal(3200) * 0.1
    changed = signal.copy()
    changed[1600:] = 0.0

    np.testing.assert_array_equal(offline_magnitudes(signal, _CONFIG)[:5], offline_magnitudes(changed, _CONFIG)[:5])


def test_audio_beyond_full_scale_is_heard_as_clipped() -> None:
    square = np.sign(np.sin(np.arange(1280)))
    heard, clipped = (SpectrumStreams(_CONFIG).push([signal])[0] for signal in (4.0 * square, square))

    np.testing.assert_array_equal(heard, clipped)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_audio_that_is_not_finite_is_refused(bad: float) -> None:
    signal = np.zeros(1280, np.float32)
    signal[7] = bad

    with pytest.raises(BadInput, match="NaN or infinity"):
        SpectrumStreams(_CONFIG).push([signal])


@pytest.mark.parametrize("samples", [0, 640, 1279, 2560])
def test_a_micro_turn_of_the_wrong_length_is_refused(samples: int) -> None:
    with pytest.raises(BadInput, match=f"this one has {samples}"):
        SpectrumStreams(_CONFIG).push([np.zeros(samples, np.int16)])


def test_audio_at_eight_kilohertz_is_refused_by_its_rate() -> None:
    with pytest.raises(BadInput, match=r"1280 samples at 16000 Hz, this one has 640; resample"):
        SpectrumStreams(_CONFIG).push([np.zeros(80 * 8, np.int16)])


def test_audio_of_another_sample_format_is_refused() -> None:
    with pytest.raises(BadInput, match="int16 or float samples, not int32"):
        SpectrumStreams(_CONFIG).push([np.zeros(1280, np.int32)])


def test_a_stream_hears_among_others_what_it_hears_alone() -> None:
    sounds = np.random.default_rng(3).integers(-9000, 9000, (3, 5, 1280)).astype(np.int16)
    alone, together = SpectrumStreams(_CONFIG), SpectrumStreams(_CONFIG, 5)
    for turn in sounds:
        spectra = together.push(turn, [4, 2, 0, 1, 3])

        np.testing.assert_array_equal(spectra[1], alone.push([turn[1]])[0])


def test_a_refused_stream_moves_none_and_a_reset_one_starts_anew() -> None:
    sound = np.random.default_rng(4).integers(-9000, 9000, (2, 1280)).astype(np.int16)
    disturbed, calm, fresh = (SpectrumStreams(_CONFIG, 2) for _ in range(3))
    for streams in (disturbed, calm):
        streams.push(sound, [0, 1])
    with pytest.raises(BadInput):
        disturbed.push([sound[0], sound[1, :640]], [0, 1])
    disturbed.reset(1)
    after = disturbed.push(sound, [0, 1])

    np.testing.assert_array_equal(after[0], calm.push(sound, [0, 1])[0])
    np.testing.assert_array_equal(after[1], fresh.push(sound, [0, 1])[1])


def test_stereo_audio_is_refused() -> None:
    with pytest.raises(BadInput, match="one channel"):
        SpectrumStreams(_CONFIG).push([np.zeros((2, 1280), np.int16)])
