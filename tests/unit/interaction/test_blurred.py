import numpy as np

from voiceagent.interaction.training.blurred import blurred


def test_a_band_is_gone_and_the_loudness_moves_by_a_step_at_the_most() -> None:
    levels = np.random.default_rng(1).integers(0, 16, (6, 4, 4, 80)).astype(np.uint8)
    heard = blurred(levels, np.random.default_rng(2))
    gone = (heard == 0).all(axis=(1, 2))  # (rows, channels)

    assert (heard.dtype, heard.max()) == (np.uint8, 15)
    assert 0 < gone.sum(axis=1).max() <= 12
    kept = np.broadcast_to(~gone[:, None, None], heard.shape)
    assert np.abs(heard.astype(int) - levels)[kept].max() <= 1


def test_time_is_left_alone() -> None:
    levels = np.zeros((1, 50, 4, 80), np.uint8)
    levels[:, 20:30] = 9
    heard = blurred(levels, np.random.default_rng(3)).max(axis=(0, 2, 3))

    assert set(np.flatnonzero(heard > 1)) == set(range(20, 30))
