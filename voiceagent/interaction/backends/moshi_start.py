"""Starts the Moshi backend, or says what is missing. Imports without the package `moshi`."""

from importlib.util import find_spec

import torch

from voiceagent.core.errors import ConfigError
from voiceagent.interaction.contract import DuplexModel


def load_moshi(weights: str, *, slots: int, device: str = "", speaks: bool = False) -> DuplexModel:
    """A model of these weights (a folder or a hub name) on `device`, or on a GPU when there is one.

    With `speaks` it also makes audio of its own (`MicroTurnOut.own_speech`). Raises ConfigError that says what to do.
    """
    check_moshi(weights)
    from voiceagent.interaction.backends.moshi import MoshiModel  # noqa: PLC0415 - not everywhere installed
    from voiceagent.interaction.backends.moshi_weights import load_parts  # noqa: PLC0415

    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    return MoshiModel(load_parts(weights, device=device, speaks=speaks), slots)


def check_moshi(weights: str) -> None:
    """Raises ConfigError for what `load_moshi` would lack at once, without loading anything."""
    if find_spec("moshi") is None:
        raise ConfigError(
            "the Moshi backend needs the package `moshi`, which asks for another torch than we do; "
            "make an environment for it with `make moshi-env` (docs/moshi.md) and start from there"
        )
    if not weights:
        raise ConfigError(
            "set VOICEAGENT_WORKER__WEIGHTS to a folder with Moshi weights or to a hub name, "
            "for example kyutai/moshiko-pytorch-bf16 or nvidia/personaplex-7b-v1"
        )
