"""Batches are cut into groups of few sizes, among which a call's numbers are the same to the bit."""

import numpy as np
import pytest
import torch

from voiceagent.interaction.backends import group_sizes
from voiceagent.interaction.backends.group_sizes import groups_of, interchangeable_sizes
from voiceagent.interaction.backends.native import NativeModel
from voiceagent.interaction.contract import MicroTurnIn, SessionContext
from voiceagent.interaction.model.network import DuplexNetwork


@pytest.mark.parametrize(
    ("rows", "groups"),
    [(0, []), (1, [8]), (8, [8]), (9, [16]), (33, [64]), (64, [64]), (65, [64, 8]), (145, [64, 64, 32])],
)
def test_groups_hold_all_rows_with_little_to_spare(rows: int, groups: list[int]) -> None:
    assert groups_of(rows, (8, 16, 32, 64)) == groups


def test_where_sizes_differ_only_the_largest_is_used(toy: DuplexNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    step = toy.step

    def rounding_by_size(inputs, state, rows, executing):
        outputs = step(inputs, state, rows, executing)
        return outputs if len(rows) >= 32 else type(outputs)(**{**_fields(outputs), "floor": outputs.floor + 1e-6})

    monkeypatch.setattr(toy, "step", rounding_by_size)

    assert interchangeable_sizes(toy) == (32, 64)


def test_a_call_sounds_the_same_in_a_group_of_any_size(toy: DuplexNetwork) -> None:
    dice = np.random.default_rng(5)
    crowded, empty = NativeModel(toy, slots=70), NativeModel(toy, slots=1)
    slots = [crowded.open(SessionContext()) for _ in range(70)]
    mine, alone = slots[40], empty.open(SessionContext())
    for others in (0, 69, 7, 30, 12, 63):
        pcm = dice.integers(-5000, 5000, (2, 1280)).astype(np.int16)
        turn = MicroTurnIn(caller_pcm=pcm[0], agent_pcm=pcm[1])
        other = MicroTurnIn(caller_pcm=pcm[1], agent_pcm=pcm[0], more_to_say=True)
        company = dict.fromkeys([slot for slot in slots if slot != mine][:others], other)

        assert crowded.step({**company, mine: turn})[mine] == empty.step({alone: turn})[alone]
    crowded.check_integrity()


def test_the_sizes_are_tried_with_the_same_inputs(toy: DuplexNetwork) -> None:
    few, many = (group_sizes._outputs(toy, rows) for rows in (8, 64))

    for a, b in zip(few, many, strict=True):
        torch.testing.assert_close(a, b[:8], atol=1e-5, rtol=1e-5)


def _fields(outputs) -> dict[str, torch.Tensor]:
    return {name: getattr(outputs, name) for name in type(outputs).__slots__}
