"""Read `voiceagent.yaml`; what is wrong with the file itself is told with its place and remedy."""

from pathlib import Path
from typing import Any

import yaml

from voiceagent.config.yaml_values import not_yaml
from voiceagent.core.errors import ConfigError


def read_config_file(path: Path) -> dict[str, Any]:
    """The settings in the file, not yet validated; none when there is no file. Raises ConfigError."""
    if not path.exists():
        return {}
    try:
        return _mapping(path, path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # ValueError: bytes that are no text, or a date that no calendar has
        raise ConfigError(f"cannot read {path}: {error}; correct it, and save it as UTF-8 text") from error


def config_nodes(path: Path) -> yaml.Node | None:
    """The same file as nodes, which know their lines; None when there is nothing to be read any more."""
    try:
        return yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, ValueError, yaml.YAMLError):
        return None


def _mapping(path: Path, source: str) -> dict[str, Any]:
    try:
        found = yaml.safe_load(source)
    except yaml.YAMLError as failure:
        raise ConfigError(f"{path}:{not_yaml(failure, source)}") from failure
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise ConfigError(f"{path}:1:1: settings are a mapping of `key: value` lines, such as `log_json: true`")
    return found
