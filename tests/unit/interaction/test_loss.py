import torch
from torch import Tensor

from voiceagent.interaction.model.heads import FloorAct, Outputs
from voiceagent.interaction.model.letters import LETTERS, encoded
from voiceagent.interaction.training.labels import HARD, UNLEARNT
from voiceagent.interaction.training.loss import (
    LossParts,
    TargetTensors,
    backchannel_loss,
    loss_of,
    projection_classes,
    spelled_loss,
    words_loss,
)
from voiceagent.interaction.training.spelled import UNPLACED

_MISSED_YIELD = [2.0, -9.0, 0.0]
_FALSE_YIELD = [0.0, -9.0, 2.0]


def test_projection_classes_are_read_off_the_next_two_seconds() -> None:
    activity = torch.zeros(1, 120, 2, dtype=torch.uint8)
    activity[0, 4:14, 0] = 1  # after the first micro-turn: the caller speaks through the first bin
    activity[0, 34:104, 1] = 1  # and the agent through the last two
    classes = projection_classes(activity, frames_per_turn=4)

    assert classes[0, 0] == 0b1100_0001
    assert classes[0, -1] == -100  # the future of the last micro-turn is not known


def _loss(logits: Tensor, acts: list[int], weight: int = 0, *, decisions_only: bool = False) -> LossParts:
    """Of one micro-turn in each row."""
    rows = len(acts)
    outputs = Outputs(
        floor=logits,
        backchannel=torch.zeros(rows, 1),
        projection=torch.zeros(rows, 1, 256),
        caller_active=torch.zeros(rows, 1),
        words=torch.zeros(rows, 2, LETTERS),
    )
    floor = torch.tensor(acts, dtype=torch.uint8)[:, None]
    batch = TargetTensors(
        floor=floor,
        backchannel=torch.zeros_like(floor),
        weight=torch.full_like(floor, weight),
        activity=torch.zeros(rows, 4, 2, dtype=torch.uint8),
        spelled=torch.zeros(rows, 2, dtype=torch.uint8),
        words=torch.zeros(rows, 8, dtype=torch.uint8),
        heard=torch.zeros(rows, 1, dtype=torch.long),
    )
    return loss_of(outputs, batch, decisions_only=decisions_only)


def test_what_is_left_out_costs_nothing() -> None:
    assert _loss(torch.tensor([[[0.0, 9.0, float("-inf")]]]), [UNLEARNT]).floor == 0.0


def test_without_the_teachers_floor_and_backchannels_are_all_that_is_learnt() -> None:
    logits = torch.tensor([[_MISSED_YIELD]])

    alone, taught = (_loss(logits, [FloorAct.YIELD], decisions_only=only) for only in (True, False))

    torch.testing.assert_close(alone.total, alone.floor + 0.25 * alone.backchannel)
    assert not torch.equal(alone.total, taught.total)
    assert (alone.floor, alone.activity) == (taught.floor, taught.activity)


def test_a_missed_yield_costs_three_times_a_false_one() -> None:
    logits = torch.tensor([[_FALSE_YIELD], [_MISSED_YIELD]], requires_grad=True)
    _loss(logits, [FloorAct.LISTEN, FloorAct.YIELD]).floor.backward()

    assert logits.grad is not None
    assert logits.grad[1, 0, 2].abs() > 2.9 * logits.grad[0, 0, 2].abs()


def test_where_mistakes_are_made_both_of_them_cost_the_same() -> None:
    logits = torch.tensor([[_FALSE_YIELD], [_MISSED_YIELD]], requires_grad=True)
    _loss(logits, [FloorAct.LISTEN, FloorAct.YIELD], weight=HARD).floor.backward()

    assert logits.grad is not None
    assert torch.isclose(logits.grad[1, 0, 2].abs(), logits.grad[0, 0, 2].abs(), rtol=0.01)


def test_a_backchannel_is_learnt_only_while_the_agent_is_silent() -> None:
    logits = torch.zeros(1, 3, requires_grad=True)
    backchannel_loss(logits, torch.tensor([[1, 0, UNLEARNT]], dtype=torch.uint8)).backward()

    assert logits.grad is not None
    welcome, unwelcome, speaking = logits.grad[0].tolist()
    assert welcome < 0 < unwelcome
    assert speaking == 0


def test_letters_in_their_order_cost_less_than_others() -> None:
    words = torch.tensor([encoded("no")])
    heard = torch.tensor([[2]])
    right, wrong = torch.zeros(1, 4, LETTERS), torch.zeros(1, 4, LETTERS)
    for place, letter in enumerate([*encoded("n"), 0, *encoded("o"), 0]):
        right[0, place, letter] = 9.0
        wrong[0, 3 - place, letter] = 9.0

    assert words_loss(right, words, heard) < 0.01 < words_loss(wrong, words, heard)


def test_letters_without_a_known_place_are_not_learnt_from_it() -> None:
    logits = torch.zeros(1, 2, LETTERS, requires_grad=True)
    spelled_loss(logits, torch.tensor([[3, UNPLACED]], dtype=torch.uint8)).backward()

    assert logits.grad is not None
    assert logits.grad[0, 0, 3] < 0
    assert not logits.grad[0, 1].any()


def test_a_caller_whose_words_are_not_known_teaches_none() -> None:
    logits = torch.randn(1, 4, LETTERS, requires_grad=True)
    words_loss(logits, torch.zeros(1, 8, dtype=torch.long), torch.tensor([[0]])).backward()

    assert logits.grad is not None
    assert not logits.grad.any()
