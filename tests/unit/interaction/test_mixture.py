"""A mixture of experts sends every position to its own few, and keeps them all busy."""

import pytest
import torch

from voiceagent.interaction.model.mixture import Mixture, rebalance
from voiceagent.interaction.presets import preset


@pytest.fixture
def mixture() -> Mixture:
    torch.manual_seed(1)
    mixture = Mixture(preset("toy-moe"))
    torch.nn.init.normal_(mixture.down, std=0.3)  # large enough to see
    return mixture


def test_both_ways_to_serve_give_the_same(mixture: Mixture) -> None:
    hidden = torch.randn(2, 40, 64)
    sorted_by_expert = mixture.train()(hidden)
    each_by_itself = mixture.eval()(hidden)

    torch.testing.assert_close(sorted_by_expert, each_by_itself, atol=1e-5, rtol=1e-5)


def test_a_position_is_served_with_the_same_bits_alone_and_in_company(mixture: Mixture) -> None:
    rows = torch.randn(70, 64)
    chosen, _ = mixture.route(rows)
    in_company = mixture._each_by_itself(rows, chosen)
    alone = [mixture._each_by_itself(row[None], theirs[None]) for row, theirs in zip(rows, chosen, strict=True)]

    assert torch.equal(in_company, torch.cat(alone))


def test_nobody_is_dropped_when_all_want_the_same_expert(mixture: Mixture) -> None:
    row = torch.randn(1, 1, 64)
    many = mixture.train()(row.expand(1, 200, 64))

    assert mixture.load.max() == 200
    torch.testing.assert_close(many[0, -1], mixture.eval()(row)[0, 0], atol=1e-5, rtol=1e-5)


def test_experts_that_were_used_learn_and_the_others_do_not(mixture: Mixture) -> None:
    mixture.train()(torch.randn(1, 2, 64)).square().sum().backward()
    used = mixture.load > 0

    assert mixture.gate_up.grad is not None
    assert mixture.router.weight.grad is not None
    assert 2 <= used.sum() < 8
    assert torch.equal(mixture.gate_up.grad.flatten(1).any(1), used)
    assert mixture.router.weight.grad.any()


def test_the_lean_chooses_but_does_not_weigh(mixture: Mixture) -> None:
    rows = torch.randn(50, 64)
    mixture.lean[3] = 10.0
    chosen, share = mixture.route(rows)
    affinity = mixture.router(rows).sigmoid().gather(1, chosen)

    assert (chosen == 3).any(1).all()
    torch.testing.assert_close(share, affinity / affinity.sum(1, keepdim=True))


def test_rebalancing_spreads_the_load(mixture: Mixture) -> None:
    rows = torch.randn(1, 200, 64) + torch.randn(64)  # all alike, so that few experts are liked
    mixture.train()(rows)
    before = mixture.load.std() / mixture.load.mean()
    for _ in range(25):
        rebalance(mixture, rate=0.03)
        mixture(rows)

    assert mixture.load.std() / mixture.load.mean() < 0.5 * before
