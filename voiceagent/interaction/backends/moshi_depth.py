"""PersonaPlex's depth transformer, narrowed to what is needed here.

For every frame a depth transformer says the codes of the codec one after the other, each step with weights of its own.
Moshi is published with 8 steps, the agent's codes. PersonaPlex has 16: the agent's, then a guess at the caller's. A
step only looks back, so the agent's codes do not depend on the later half; and we hear the caller instead of guessing.
"""

import re
from collections.abc import Iterable, Mapping

from torch import Tensor

_OUTPUT = re.compile(r"linears\.(\d+)\.weight")
_OF_ONE_STEP = re.compile(r"(?:linears|depformer_in|depformer_emb|gating|in_projs|out_projs|depformer_norms)\.(\d+)\.")
_OF_ALL_STEPS = re.compile(r"depformer\..*self_attn\.(?:in_proj_weight|in_proj\.weight|out_proj\.weight)")


def depth_steps(names: Iterable[str]) -> int:
    """How many codes a frame a checkpoint with these tensors can say."""
    return len({found[1] for name in names if (found := _OUTPUT.fullmatch(name))})


def keep_depth_steps(state: Mapping[str, Tensor], steps: int) -> dict[str, Tensor]:
    """The tensors of a model with only the first `steps` depth steps. Attention has (steps * n, m), stacked by step."""
    there = depth_steps(state)
    kept = {}
    for name, tensor in state.items():
        if _OF_ALL_STEPS.fullmatch(name):
            kept[name] = tensor[: len(tensor) // there * steps]
        elif not _belongs_to_a_later_step(name, steps):
            kept[name] = tensor
    return kept


def _belongs_to_a_later_step(name: str, steps: int) -> bool:
    if not name.startswith(("depformer", "linears.")):
        return False
    found = _OF_ONE_STEP.search(name)
    # The last code is never an input: there is one embedding less than there are steps.
    last = steps - 1 if name.startswith("depformer_emb.") else steps
    return found is not None and int(found[1]) >= last
