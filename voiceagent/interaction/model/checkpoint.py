"""Checkpoints: safetensors with the configuration in the file's own metadata."""

import dataclasses
import json
from importlib import resources
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from voiceagent.core.errors import ConfigError
from voiceagent.interaction.model.network import DuplexNetwork
from voiceagent.interaction.presets import ModelConfig, preset

_CONFIG_KEY = "config.json"


def shipped_checkpoint(name: str = "tiny") -> Path:
    """Path of the checkpoint that comes with the package. Raises ConfigError for a preset that has none."""
    path = Path(str(resources.files("voiceagent.interaction") / "checkpoints" / f"{name}.safetensors"))
    if not path.exists():
        raise ConfigError(f"no checkpoint of preset {name!r} is shipped: set `worker.checkpoint` to one, or use 'tiny'")
    return path


def save(network: DuplexNetwork, path: Path, facts: dict[str, str]) -> None:
    """Write weights and configuration; `facts` (step, seed, commit ...) travel along as metadata."""
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = {_CONFIG_KEY: json.dumps(dataclasses.asdict(network.config)), **facts}
    temporary = path.with_suffix(".partial")
    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, temporary, metadata)
    temporary.chmod(0o644)
    temporary.replace(path)


def read_config(path: Path) -> ModelConfig:
    """The configuration inside a checkpoint. Raises ConfigError."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
        return ModelConfig(**json.loads(metadata[_CONFIG_KEY]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} is not a voiceagent checkpoint: {error}") from error


def check(path: Path, preset_name: str | None = None) -> ModelConfig:
    """The configuration inside a checkpoint, whose weights stay where they are.

    Raises ConfigError when it was made for another preset than asked for, or by a version with another network.
    """
    config = _config_for(path, preset_name)
    with torch.device("meta"):  # shapes only: a preset may be larger than this machine
        _refuse_strange_weights(path, DuplexNetwork(config))
    return config


def load(path: Path, preset_name: str | None = None) -> DuplexNetwork:
    """A network in inference mode. Raises what `check` raises."""
    network = DuplexNetwork(_config_for(path, preset_name))  # on the meta device torch would import all of its compiler
    _refuse_strange_weights(path, network)
    with safe_open(path, framework="pt") as file:
        network.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118 - not a mapping
    return network.eval().requires_grad_(requires_grad=False)


def _config_for(path: Path, preset_name: str | None) -> ModelConfig:
    config = read_config(path)
    if preset_name is not None and config != preset(preset_name):
        wanted = dataclasses.asdict(preset(preset_name))
        differing = {k: (v, wanted[k]) for k, v in dataclasses.asdict(config).items() if v != wanted[k]}
        details = ", ".join(f"{key} is {has} and not {wants}" for key, (has, wants) in differing.items())
        raise ConfigError(
            f"{path.name} was made for preset {config.name!r}, not for {preset_name!r}: {details}; "
            f"ask for {config.name!r} or give a checkpoint of {preset_name!r}"
        )
    return config


def _refuse_strange_weights(path: Path, network: DuplexNetwork) -> None:
    """Weights that the network lacks, the file lacks, or that have another shape in it. Raises ConfigError."""
    wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    with safe_open(path, framework="pt") as file:
        held = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 - not a mapping
    strange = [name for name in {**wanted, **held} if wanted.get(name) != held.get(name)]
    if strange:
        raise ConfigError(
            f"{path.name} was made by another version of the network {network.config.name!r}, which differs in "
            f"{', '.join(strange[:3])}; use the checkpoint of this version, or train one (runs/tiny.sh)"
        )
