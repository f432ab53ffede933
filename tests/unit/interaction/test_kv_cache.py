import pytest
import torch

from voiceagent.core.errors import InternalError
from voiceagent.interaction.model.kv_cache import KvRing


def _write(ring: KvRing, begin: int, count: int) -> None:
    positions = torch.arange(begin, begin + count)[None]
    values = positions[..., None, None].float().expand(1, count, 1, 4)
    ring.write(values, values, positions, torch.tensor([0]))


def test_the_ring_keeps_exactly_the_last_positions() -> None:
    ring = KvRing(1, 5, 1, 4)
    _write(ring, 0, 3)
    _write(ring, 3, 8)

    ring.check_integrity(torch.tensor([11]))
    assert sorted(ring.positions[0].tolist()) == [6, 7, 8, 9, 10]
    assert ring.keys[0, 8 % 5, 0, 0] == 8


def test_a_lost_position_is_found() -> None:
    ring = KvRing(1, 5, 1, 4)
    _write(ring, 0, 7)
    ring.positions[0, 2] = 1

    with pytest.raises(InternalError, match="row 0"):
        ring.check_integrity(torch.tensor([7]))


def test_a_value_that_is_not_finite_is_found() -> None:
    ring = KvRing(1, 5, 1, 4)
    _write(ring, 0, 7)
    ring.values[0, 1, 0, 0] = torch.nan

    with pytest.raises(InternalError, match="not finite"):
        ring.check_integrity(torch.tensor([7]))
