"""The streaming state: rings that keep exactly the last positions, and that notice when they do not."""

import pytest
import torch

from voiceagent.core.errors import InternalError
from voiceagent.interaction.model.state import StreamState
from voiceagent.interaction.presets import preset

_CONFIG = preset("toy")  # a window of 12


def _lived(turns: int, *, rows: int = 1, longest_hop: int = 1) -> StreamState:
    """A state after so many micro-turns; the keys and values of a position are its number and one more."""
    state = StreamState(_CONFIG, rows, longest_hop)
    numbers, everyone = torch.arange(rows), torch.ones(rows, dtype=torch.bool)
    for at in range(0, turns, longest_hop):
        places = state.make_room(numbers, everyone, min(longest_hop, turns - at))
        for ring in state.rings:
            pair = places.positions[..., None, None, None] + torch.tensor([1.0, 2.0])[:, None, None]
            ring.write(pair.expand(-1, -1, 2, _CONFIG.kv_heads, _CONFIG.head_width), places.write, places.places)
        state.advance(places)
    return state


def test_the_ring_keeps_exactly_the_last_positions() -> None:
    state = _lived(20)
    keys, values = state.rings[0].read(torch.tensor([0]))

    state.check_integrity()
    assert sorted(state.positions[0].tolist()) == list(range(8, 20))
    assert keys[0, 0, 17 % 12, 0] == 18.0
    assert values[0, 0, 17 % 12, 0] == 19.0


def test_a_longer_hop_needs_a_longer_ring_so_that_its_first_turn_sees_its_whole_window() -> None:
    state = _lived(40, longest_hop=8)

    state.check_integrity()
    assert sorted(state.positions[0].tolist()) == list(range(21, 40))  # 12 before the hop that began at 32, less itself
    with pytest.raises(InternalError, match="hops of 8 micro-turns was given 9"):
        state.make_room(torch.tensor([0]), torch.tensor([True]), 9)


def test_neighbouring_rows_are_read_where_they_lie_and_others_are_copied() -> None:
    state = _lived(3, rows=4)
    together = state.make_room(torch.tensor([1, 2]), torch.tensor([True, True]), 1)
    apart = state.make_room(torch.tensor([2, 0]), torch.tensor([True, True]), 1)

    assert state.rings[0].read(together.read)[0].untyped_storage().data_ptr() == state.rings[0].held.data_ptr()
    assert torch.equal(state.rings[0].read(apart.read)[0], state.rings[0].held[[2, 0], 0])


def test_a_row_that_does_not_execute_writes_into_the_spare_row() -> None:
    state = _lived(3, rows=2)
    places = state.make_room(torch.tensor([0, 1]), torch.tensor([True, False]), 1)
    state.advance(places)

    assert places.write.tolist() == [0, state.spare]
    assert state.offsets.tolist() == [4, 3]


def _lose_a_position(state: StreamState) -> None:
    state.positions[0, 2] = 1


def _break_a_value(state: StreamState) -> None:
    state.rings[1].held[0, 1, 0, 3] = torch.nan


def _fill_the_sink(state: StreamState) -> None:
    state.rings[0].held[0, 0, 0, -1] = 1.0


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (_lose_a_position, "row 0 does not hold the last positions before 15"),
        (_break_a_value, "row 0 holds values that are not finite"),
        (_fill_the_sink, "row 0 has something in its sink"),
    ],
)
def test_a_broken_ring_is_found(harm, message) -> None:
    state = _lived(15)
    harm(state)

    with pytest.raises(InternalError, match=message):
        state.check_integrity()


def test_what_is_left_of_an_earlier_call_is_found() -> None:
    state = _lived(3)
    state.rings[0].held[0, 0, 0, 5] = 1.0

    with pytest.raises(InternalError, match="holds more than its 3 positions"):
        state.check_integrity()
