import torch

from voiceagent.interaction.model.heads import FloorAct, Outputs
from voiceagent.interaction.training.labels import UNLEARNT
from voiceagent.interaction.training.loss import loss_of, projection_classes


def test_projection_classes_are_read_off_the_next_two_seconds() -> None:
    activity = torch.zeros(1, 120, 2, dtype=torch.uint8)
    activity[0, 4:14, 0] = 1  # after the first micro-turn: the caller speaks through the first bin
    activity[0, 34:104, 1] = 1  # and the agent through the last two
    classes = projection_classes(activity, frames_per_turn=4)

    assert classes[0, 0] == 0b1100_0001
    assert classes[0, -1] == -100  # the future of the last micro-turn is not known


def _outputs(floor: list[float]) -> Outputs:
    return Outputs(floor=torch.tensor([[floor]]), projection=torch.zeros(1, 1, 256), caller_active=torch.zeros(1, 1))


def test_what_is_left_out_costs_nothing() -> None:
    activity = torch.zeros(1, 4, 2, dtype=torch.uint8)
    floor = torch.tensor([[UNLEARNT]], dtype=torch.uint8)
    wrong = loss_of(_outputs([0.0, 9.0, -9.0, float("-inf")]), floor, torch.zeros_like(floor), activity)

    assert wrong.floor == 0.0


def test_a_missed_yield_costs_more_than_a_missed_listen() -> None:
    activity = torch.zeros(2, 4, 2, dtype=torch.uint8)
    logits = torch.tensor([[[0.0, -9.0, -9.0, 2.0]], [[2.0, -9.0, -9.0, 0.0]]])
    outputs = Outputs(floor=logits, projection=torch.zeros(2, 1, 256), caller_active=torch.zeros(2, 1))
    floor = torch.tensor([[FloorAct.LISTEN], [FloorAct.LISTEN]], dtype=torch.uint8)
    only_first = loss_of(outputs, torch.tensor([[0], [255]], dtype=torch.uint8), torch.zeros(2, 1), activity)
    both = loss_of(outputs, torch.tensor([[0], [3]], dtype=torch.uint8), torch.zeros(2, 1), activity)

    assert only_first.floor > loss_of(outputs, floor, torch.zeros(2, 1), activity).floor
    assert torch.isclose(both.floor, only_first.floor, atol=0.01)  # the same error, three times the weight, averaged
    gradient_of = torch.tensor([[[0.0, -9.0, -9.0, 2.0]], [[2.0, -9.0, -9.0, 0.0]]], requires_grad=True)
    held = Outputs(floor=gradient_of, projection=torch.zeros(2, 1, 256), caller_active=torch.zeros(2, 1))
    loss_of(held, torch.tensor([[0], [3]], dtype=torch.uint8), torch.zeros(2, 1), activity).floor.backward()
    assert gradient_of.grad is not None
    assert gradient_of.grad[1, 0, 3].abs() > 2.9 * gradient_of.grad[0, 0, 3].abs()
