"""A mixture of experts in place of a block's feed-forward layer; dropless, each position routed by itself.

Router and balance are DeepSeek-V3's (arXiv 2412.19437, section 2.1.2; Wang et al., arXiv 2408.15664): sigmoid
affinities, the best few of affinity plus lean, weighed by the affinities alone; shared experts beside them. The lean is
no parameter: after each training step `rebalance` moves it against the load. So nothing but the task reaches the
gradients, and a position's experts do not depend on other positions: a router in which experts choose positions would
look into the future, and a limit to how many an expert takes would make calls depend on their neighbours.
"""

import torch
from torch import Tensor, nn

from voiceagent.interaction.model.swiglu import SwiGlu, gated
from voiceagent.interaction.presets import ModelConfig

_FEW = 64  # rows of a product that are cheaper to compute with weights of their own than sorted by expert


class Mixture(nn.Module):
    """E routed experts of width h, k of them used by each position: (B, T, width) to (B, T, width)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.experts, self.used = config.experts, config.experts_used
        self.router = nn.Linear(config.width, self.experts, bias=False)
        self.gate_up = nn.Parameter(torch.empty(self.experts, 2 * config.expert_width, config.width))
        self.down = nn.Parameter(torch.empty(self.experts, config.width, config.expert_width))
        self.shared = (
            SwiGlu(config.width, config.shared_experts * config.expert_width) if config.shared_experts else None
        )
        nn.init.uniform_(self.gate_up, -(config.width**-0.5), config.width**-0.5)  # as nn.Linear does
        nn.init.normal_(self.down, std=0.02 / (2 * config.depth) ** 0.5)  # as in dense blocks
        self.register_buffer("lean", torch.zeros(self.experts))
        self.register_buffer("load", torch.zeros(self.experts), persistent=False)
        self.lean: Tensor
        self.load: Tensor  # positions that each expert served since the last `rebalance`

    @property
    def idle_parameters(self) -> int:
        """Parameters that one position leaves unused."""
        return (self.experts - self.used) * (self.gate_up[0].numel() + self.down[0].numel())

    def forward(self, hidden: Tensor) -> Tensor:
        rows = hidden.flatten(0, -2)  # (N, width)
        chosen, share = self.route(rows)
        if self.training:
            self.load += torch.bincount(chosen.flatten(), minlength=self.experts)
        serve = self._sorted_by_expert if self.training else self._each_by_itself
        mixed = (serve(rows, chosen) * share[..., None].to(rows.dtype)).sum(1)
        if self.shared is not None:
            mixed = mixed + self.shared(rows)
        return mixed.view(hidden.shape)

    def route(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Rows (N, width) to their experts and how much each counts, both (N, k). In float32 also under autocast:
        rounding here would be a different expert (Switch Transformers, arXiv 2101.03961, section 2.4)."""
        with torch.autocast(rows.device.type, enabled=False):
            affinity = self.router(rows.float()).sigmoid()
        chosen = (affinity + self.lean).topk(self.used, dim=-1).indices
        share = affinity.gather(-1, chosen)
        return chosen, share / share.sum(-1, keepdim=True)

    def _each_by_itself(self, rows: Tensor, chosen: Tensor) -> Tensor:
        """Every position fetches its experts: products of one size whoever else is there, hence the same bits.

        (N, width), (N, k) to (N, k, width). A few positions at a time, so that the fetched weights stay few.
        """
        served = []
        for few, theirs in zip(rows.split(_FEW), chosen.split(_FEW), strict=True):
            column = few.repeat_interleave(self.used, 0)[..., None]  # (n * k, width, 1)
            both = self.gate_up[theirs.flatten()] @ column
            served.append(self.down[theirs.flatten()] @ gated(both.squeeze(-1))[..., None])
        return torch.cat(served).view(*chosen.shape, rows.shape[-1])

    def _sorted_by_expert(self, rows: Tensor, chosen: Tensor) -> Tensor:
        """Every expert serves all of its positions in one product: for training, where positions are many.

        (N, width), (N, k) to (N, k, width). Nobody is dropped, however uneven the load (as in arXiv 2211.15841).
        """
        order = chosen.flatten().argsort(stable=True)
        counts = torch.bincount(chosen.flatten(), minlength=self.experts).tolist()
        queues = rows[order // self.used].split(counts)
        experts = zip(queues, self.gate_up.unbind(), self.down.unbind(), strict=True)
        served = torch.cat([gated(queue @ gate_up.T) @ down.T for queue, gate_up, down in experts])
        return served[order.argsort()].view(*chosen.shape, rows.shape[-1])


def rebalance(network: nn.Module, rate: float = 1e-3) -> None:
    """After a training step: experts with more than their share become harder to choose, the others easier."""
    for module in network.modules():
        if isinstance(module, Mixture):
            module.lean += rate * torch.sign(module.load.mean() - module.load)
            module.load.zero_()
