"""Weights of Moshi and PersonaPlex, from a folder or a hub name, read by the package's own loaders."""

import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import torch
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
from moshi.models import LMModel, MimiModel, loaders
from safetensors import safe_open
from safetensors.torch import load_file

from voiceagent.core.errors import ConfigError
from voiceagent.interaction.backends.moshi_depth import depth_steps, keep_depth_steps
from voiceagent.interaction.backends.moshi_line import TextPieces

_T = TypeVar("_T")
_CONFIG: Final = "config.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoshiParts:
    """What a `MoshiModel` is put together from. With a `mouth` the model speaks by itself.

    ears, mouth: two objects of the same codec, since each holds the streams of one direction.
    sampling: arguments of `LMGen`, as the weights' own configuration gives them.
    """

    lm: LMModel
    ears: MimiModel
    pieces: TextPieces
    mouth: MimiModel | None = None
    sampling: Mapping[str, Any] = field(default_factory=dict)


def load_parts(weights: str, *, device: str, speaks: bool) -> MoshiParts:
    """Read weights from a folder, or from the hub under that name. Raises ConfigError that says what to do."""
    info = _in_folder(Path(weights)) if Path(weights).is_dir() else _from_hub(weights)
    lm = _reading(weights, lambda: _language_model(info, device))
    if lm.fuser is not None or not 0 < lm.dep_q < lm.n_q:
        raise ConfigError(
            f"{weights} holds a model of type {info.model_type!r} that does not listen and speak at once; "
            "set VOICEAGENT_WORKER__WEIGHTS to weights of Moshi or PersonaPlex"
        )
    return MoshiParts(
        lm=lm.requires_grad_(requires_grad=False),
        ears=_reading(weights, lambda: _codec(info, lm, device)),
        mouth=_reading(weights, lambda: _codec(info, lm, device)) if speaks else None,
        pieces=_reading(weights, info.get_text_tokenizer),
        sampling=info.lm_gen_config,
    )


def _in_folder(folder: Path) -> loaders.CheckpointInfo:
    config_path = folder / _CONFIG
    config = json.loads(config_path.read_text()) if config_path.exists() else {}
    defaults = {
        "moshi_name": loaders.MOSHI_NAME,
        "mimi_name": loaders.MIMI_NAME,
        "tokenizer_name": loaders.TEXT_TOKENIZER_NAME,
    }
    paths = [folder / config.get(name, default) for name, default in defaults.items()]
    if missing := [path.name for path in paths if not path.exists()]:
        raise ConfigError(f"{folder} lacks {', '.join(missing)}; download all files of one hub repository into it")
    if not config:
        return loaders.CheckpointInfo(*paths)
    mimi_config, lora = (
        folder / config[name] if config.get(name) else None for name in ("mimi_config_name", "lora_name")
    )
    info = loaders.CheckpointInfo.from_hf_repo(
        str(folder), *paths, config_path=config_path, mimi_config_path=mimi_config, lora_weights=lora
    )
    return _of_moshi_7b_when_unsaid(info)


def _from_hub(name: str) -> loaders.CheckpointInfo:
    try:
        with warnings.catch_warnings(action="ignore"):  # a hub out of reach is first told as a missing config.json
            return _of_moshi_7b_when_unsaid(loaders.CheckpointInfo.from_hf_repo(name))
    except (HfHubHTTPError, LocalEntryNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f"cannot get weights {name!r} from the hub ({type(error).__name__}: {str(error).strip().splitlines()[0]}); "
            "if they are gated, accept their licence and set HF_TOKEN; without access to the hub, download them "
            "elsewhere and set VOICEAGENT_WORKER__WEIGHTS to the folder"
        ) from error


def _of_moshi_7b_when_unsaid(info: loaders.CheckpointInfo) -> loaders.CheckpointInfo:
    """PersonaPlex's config.json names a version but no sizes; they are those of Moshi 7B, the package's default."""
    if info.lm_config is not None and "dim" not in info.lm_config:
        info.lm_config = None
    return info


def _language_model(info: loaders.CheckpointInfo, device: str) -> LMModel:
    # Float32 on a CPU is for small test models; 7B is meant for a GPU.
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    lm = info.get_moshi(device="meta", dtype=dtype, load_weight=False)
    with safe_open(info.moshi_weights, framework="pt") as file:
        steps = depth_steps(file.keys())
    if steps <= lm.dep_q:
        return info.get_moshi(device=device, dtype=dtype)
    state = keep_depth_steps(load_file(info.moshi_weights, device=device), lm.dep_q)
    lm.load_state_dict({name: tensor.to(dtype) for name, tensor in state.items()}, assign=True)
    return lm


def _codec(info: loaders.CheckpointInfo, lm: LMModel, device: str) -> MimiModel:
    codebooks = max(lm.dep_q, lm.n_q - lm.dep_q)  # of one side
    return loaders.get_mimi(info.mimi_weights, info.mimi_config, device=device, num_codebooks=codebooks)


def _reading(weights: str, read: Callable[[], _T]) -> _T:
    """Files that are not what they should be: torch, safetensors and SentencePiece each tell it their own way."""
    try:
        return read()
    except (RuntimeError, OSError, ValueError, TypeError, KeyError, AssertionError) as error:
        raise ConfigError(f"{weights} is not a set of Moshi weights that fit together: {error}") from error
