import numpy as np
from hypothesis import given, settings, strategies as st

from voiceagent.interaction.model.dmel import dmel_of, mel_filters, offline_dmel
from voiceagent.interaction.model.spectrum import SpectrumStreams
from voiceagent.interaction.presets import ModelConfig, preset

_CONFIG = preset("tiny")


def _reference(signal: np.ndarray, config: ModelConfig) -> np.ndarray:
    """The recipe once more, from its definition: a DFT by its sum, filters by loops, the nearest of 16 centres."""
    window, hop = config.window_samples, config.hop_samples
    padded = np.concatenate([np.zeros(window - hop), signal.astype(np.float64)])
    n = np.arange(window)
    hann = np.sin(np.pi * n / window) ** 2
    dft = np.exp(-2j * np.pi * np.outer(np.arange(window // 2 + 1), n) / window)

    def hz(mel: float) -> float:
        return mel * 200 / 3 if mel < 15 else 1000 * 6.4 ** ((mel - 15) / 27)

    top = 15 + 27 * np.log(8000 / 1000) / np.log(6.4)
    corners = [hz(top * k / 81) for k in range(82)]
    centres = np.linspace(-7, 2, 16)
    rows = []
    for start in range(0, len(signal) - hop + 1, hop):
        magnitude = np.sqrt(np.maximum(np.abs(dft @ (padded[start : start + window] * hann)) ** 2, 1e-10))
        row = []
        for k in range(80):
            low, mid, high = corners[k : k + 3]
            total = 0.0
            for index, value in enumerate(magnitude):
                f = index * config.sample_rate_hz / window
                weight = min((f - low) / (mid - low), (high - f) / (high - mid))
                total += max(0.0, weight) * 2 / (high - low) * value
            row.append(int(np.argmin(np.abs(centres - np.clip(np.log10(max(total, 1e-10)), -7, 2)))))
        rows.append(row)
    return np.array(rows)


def test_levels_equal_an_independent_reference() -> None:
    rng = np.random.default_rng(1)
    time = np.arange(3200) / 16_000
    signal = 0.4 * np.sin(2 * np.pi * (200 + 3000 * time) * time) + 0.01 * rng.standard_normal(3200)

    np.testing.assert_array_equal(offline_dmel(signal, _CONFIG), _reference(signal, _CONFIG))


def test_golden_levels_of_a_tone() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(1280) / 16_000)
    levels = offline_dmel(tone, _CONFIG)
    peak = int(levels[3].argmax())

    assert levels.shape == (4, 80)
    assert levels[3, peak] == 12  # by hand: 80 in bin 40, 40 beside it, filter area 2 / 75 Hz: log10(2.8) = 0.45
    assert mel_filters(16_000, 640)[40, peak] > 0  # bin 40 of 25 Hz is 1 kHz


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), gain=st.floats(0.0, 1.5))
def test_streaming_levels_equal_offline_levels_exactly(seed: int, gain: float) -> None:
    pcm = np.clip(np.random.default_rng(seed).standard_normal(1280 * 4) * gain * 8000, -32768, 32767).astype(np.int16)
    stream = SpectrumStreams(_CONFIG)
    streamed = np.concatenate(
        [dmel_of(stream.push([pcm[at : at + 1280]]), _CONFIG)[0] for at in range(0, len(pcm), 1280)]
    )

    np.testing.assert_array_equal(streamed, offline_dmel(pcm.astype(np.float64) / 32768.0, _CONFIG))


def test_silence_is_one_level_everywhere() -> None:
    levels = offline_dmel(np.zeros(1280), _CONFIG)

    assert set(levels.flat) == {1}  # the floor of 1e-5 a bin, through a filter of area 1/25 Hz: log10 = -6.4


def test_a_constant_offset_reaches_only_the_lowest_channels() -> None:
    levels = offline_dmel(np.full(3200, 0.5), _CONFIG)

    assert levels[-1, 0] > 5
    assert set(levels[-1, 3:]) == {1}  # as in silence
