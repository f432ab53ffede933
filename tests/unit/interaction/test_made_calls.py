"""What the simulator draws and what its lines do, against the numbers they are meant to have."""

import dataclasses

import numpy as np
import pytest

from voiceagent.interaction.evaluation.conditions import through
from voiceagent.interaction.training import sounds
from voiceagent.interaction.training.channel import Channel, transmit
from voiceagent.interaction.training.timing import agent_delay_s, floor_transfer_offset_s, pause_s

_PLAIN = Channel(
    law="mu",
    low_hz=300.0,
    high_hz=3400.0,
    tilt_db=(0.0, 0.0),
    speech_dbfs=-20.0,
    noise_dbfs=-120.0,
    noise_slope=0.0,
    echo_db=None,
    echo_delay_ms=0.0,
    reverb_s=0.0,
)
_SILENCE = np.zeros(16_000, np.float32)


def _tone(hz: float, gain: float = 0.2) -> np.ndarray:
    return (gain * np.sin(2 * np.pi * hz * np.arange(16_000) / 16_000)).astype(np.float32)


def _level_db(signal: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt((signal**2).mean()) + 1e-9))


@pytest.mark.parametrize(("longer_than_s", "share"), [(0.3, 0.79), (0.5, 0.46), (0.7, 0.25), (1.0, 0.10), (1.5, 0.027)])
def test_pauses_are_as_long_as_people_make_them(longer_than_s: float, share: float) -> None:
    rng = np.random.default_rng(1)
    drawn = np.array([pause_s(rng) for _ in range(20_000)])

    assert (drawn > longer_than_s).mean() == pytest.approx(share, abs=0.012)


def test_floor_transfers_are_as_quick_as_people_make_them() -> None:
    rng = np.random.default_rng(1)
    drawn = [floor_transfer_offset_s(rng) for _ in range(20_000)]
    quantiles = np.quantile(drawn, [0.05, 0.25, 0.5, 0.75, 0.9, 0.95])

    np.testing.assert_allclose(quantiles, [-0.64, -0.16, 0.10, 0.32, 0.58, 0.82], atol=0.03)


def test_the_agent_starts_at_any_time_up_to_three_seconds() -> None:
    rng = np.random.default_rng(1)
    drawn = np.array([agent_delay_s(rng) for _ in range(5_000)])

    assert drawn.max() < 3.0
    assert (drawn > 1.0).mean() > 0.3


def test_a_telephone_line_passes_the_voice_band_and_nothing_else() -> None:
    rng = np.random.default_rng(1)
    inside, above = (transmit(rng, _tone(hz), _SILENCE, _PLAIN) for hz in (1000.0, 5000.0))

    assert _level_db(inside) == pytest.approx(_level_db(_tone(1000.0)), abs=0.5)
    assert _level_db(above) < -60


def test_mu_law_adds_its_own_noise_about_38_db_below_the_voice() -> None:
    rng = np.random.default_rng(1)
    heard = transmit(rng, _tone(1010.0), _SILENCE, _PLAIN)
    spectrum = np.abs(np.fft.rfft(heard))
    signal = spectrum[1000:1021].copy()
    spectrum[1000:1021] = 0.0

    assert 33 < 10 * np.log10((signal**2).sum() / (spectrum**2).sum()) < 45


def test_the_echo_of_the_agent_comes_late_and_quiet() -> None:
    rng = np.random.default_rng(1)
    line = dataclasses.replace(_PLAIN, echo_db=-20.0, echo_delay_ms=250.0)
    heard = transmit(rng, _SILENCE, _tone(1000.0), line)

    assert _level_db(heard[:3600]) < -70
    assert _level_db(heard[4800:]) == pytest.approx(_level_db(_tone(1000.0)) - 20, abs=1)


@pytest.mark.parametrize("condition", ["clean16", "tel", "tel_snr20", "tel_snr10"])
def test_a_condition_gives_the_same_line_for_the_same_seed(condition: str) -> None:
    first, second = (through(_tone(700.0), condition, seed=3) for _ in range(2))

    assert len(first) == 16_000
    assert (first == second).all()


def test_noise_is_as_far_below_the_voice_as_the_condition_says() -> None:
    voice = np.concatenate([_SILENCE, _tone(1000.0)])
    heard = through(voice, "tel_snr10", seed=1)

    below = _level_db(heard[17_000:]) - _level_db(heard[:15_000])
    assert 10 < below < 16  # 10 dB before the line, which keeps out what pink noise has below 300 Hz


def test_sounds_that_are_no_speech_stay_within_range() -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        for sound in (sounds.event(rng), sounds.hum(rng)):
            assert np.isfinite(sound).all()
            assert np.abs(sound).max() == pytest.approx(0.5, abs=0.01)
