import numpy as np
import pytest

from voiceagent.interaction.backends.moshi_rates import RateChange, from_moshi, to_moshi


def _tone(hz: float, rate_hz: int, seconds: float) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(int(rate_hz * seconds)) / rate_hz).astype(np.float32)


def _level_at(signal: np.ndarray, hz: float, rate_hz: int) -> float:
    """The amplitude of one frequency in the settled part of a signal."""
    settled = signal[rate_hz // 10 :]
    probe = np.exp(-2j * np.pi * hz * np.arange(len(settled)) / rate_hz)
    return 2 * abs(np.mean(settled * probe))


def test_a_micro_turn_stays_a_micro_turn():
    assert len(to_moshi().push(np.zeros(1280, np.float32))) == 1920
    assert len(from_moshi().push(np.zeros(1920, np.float32))) == 1280


@pytest.mark.parametrize("hz", [300.0, 1000.0, 3400.0, 6000.0])
def test_a_tone_keeps_its_pitch_and_level_both_ways(hz):
    up = to_moshi().push(_tone(hz, 16_000, 0.6))
    back = from_moshi().push(up)

    assert _level_at(up, hz, 24_000) == pytest.approx(1.0, abs=0.02)
    assert _level_at(back, hz, 16_000) == pytest.approx(1.0, abs=0.03)


def test_what_sixteen_kilohertz_cannot_carry_is_taken_out_instead_of_folded_down():
    heard = from_moshi().push(_tone(10_000, 24_000, 0.6))

    assert _level_at(heard, 6_000, 16_000) < 0.001


@pytest.mark.parametrize(("make", "tick"), [(to_moshi, 1280), (from_moshi, 1920)])
def test_in_micro_turns_is_the_same_as_in_one_piece(make, tick):
    signal = np.random.default_rng(1).normal(0, 0.1, 6 * tick).astype(np.float32)
    stream: RateChange = make()

    assert np.array_equal(np.concatenate([stream.push(part) for part in np.split(signal, 6)]), make().push(signal))
