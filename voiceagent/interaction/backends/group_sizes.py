"""How many rows a network computes at once: sizes among which a row's numbers are the same to the bit.

A library of matrix products picks its way of summing by the shape, so the same row among 1 and among 40 others may
differ by 1e-6. Rows are therefore padded to one of few sizes, and only to such as give the same bits on this machine.
"""

import dataclasses
from collections.abc import Sequence
from typing import Final

import torch

from voiceagent.interaction.model.network import DuplexNetwork, Inputs
from voiceagent.interaction.model.state import StreamState
from voiceagent.interaction.presets import FEATURES, LEVELS, MEL_CHANNELS, PITCH_CHANNELS, ModelConfig

_SIZES: Final = (8, 16, 32, 64)  # a step of 64 costs half as much a row as one of 16; larger ones gain nothing


def interchangeable_sizes(network: DuplexNetwork) -> tuple[int, ...]:
    """The largest size, and those of the others whose rows come out as they do among that many."""
    largest = _SIZES[-1]
    reference = _outputs(network, largest)
    return (*(size for size in _SIZES[:-1] if _same_bits(_outputs(network, size), reference)), largest)


def groups_of(count: int, sizes: Sequence[int]) -> list[int]:
    """Sizes of the groups for that many rows: full ones of the largest size, then the smallest that holds the rest."""
    full, rest = divmod(count, sizes[-1])
    return [sizes[-1]] * full + ([min(size for size in sizes if size >= rest)] if rest else [])


def _outputs(network: DuplexNetwork, rows: int) -> list[torch.Tensor]:
    """Two steps of so many calls; the inputs of a row are the same for every number of rows."""
    config, everyone = network.config, torch.arange(rows)
    state, outputs = StreamState(config, rows), []
    with torch.inference_mode():
        for seed in range(2):
            out = network.step(_inputs(config, rows, seed), state, everyone, everyone >= 0)
            outputs += [made for field in dataclasses.fields(out) if (made := getattr(out, field.name)) is not None]
            if network.vocoder is not None and out.agent_audio is not None:
                outputs += [network.vocoder(out.agent_audio[:, 0].argmax(-1).byte(), network.vocoder.start(rows))[0]]
    return outputs


def _inputs(config: ModelConfig, rows: int, seed: int) -> Inputs:
    """One micro-turn of so many calls, text and video included where the preset reads them; the first rows of more."""
    dice = torch.Generator().manual_seed(seed)

    def drawn(*shape: int, below: int = 256) -> torch.Tensor:
        return torch.randint(0, below, (_SIZES[-1], *shape), dtype=torch.uint8, generator=dice)[:rows]

    levels = drawn(2, 1, config.frames_per_turn, MEL_CHANNELS, below=LEVELS)
    text, side = drawn(1, config.tokens_per_turn).long(), config.video_side
    return Inputs(
        caller=levels[:, 0],
        agent=levels[:, 1],
        features=torch.zeros(rows, 1, FEATURES, dtype=torch.uint8),
        pitch=drawn(1, config.frames_per_turn, PITCH_CHANNELS, below=LEVELS) if config.hears_pitch else None,
        tokens=text if config.tokens_per_turn else None,
        roles=torch.zeros_like(text) if config.tokens_per_turn else None,
        video=drawn(1, side, side, 3) if side else None,
        seen=torch.ones(rows, 1, dtype=torch.bool) if side else None,
    )


def _same_bits(few: list[torch.Tensor], many: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b[: len(a)]) for a, b in zip(few, many, strict=True))
