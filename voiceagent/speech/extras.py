"""Packages that are not installed with voiceagent, because not everybody wants them."""

from importlib.util import find_spec

from voiceagent.core.errors import ConfigError


def require(module: str, *, extra: str, wanted_by: str) -> None:
    """Raises ConfigError that says what to install when the module is not there; imports nothing."""
    if find_spec(module) is None:
        raise ConfigError(
            f"the recogniser {wanted_by} needs a package that is not installed: pip install 'voiceagent[{extra}]'"
        )
