"""Whether what the settings want of Presidio is there, without loading any of it."""

import json
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from voiceagent.config.redaction_settings import PresidioSettings
from voiceagent.core.errors import ConfigError

INSTALL: Final = "pip install 'voiceagent[presidio]'"
_MODULES: Final = ("presidio_analyzer", "spacy", "tldextract")


def check_installed(settings: PresidioSettings) -> None:
    """Raises ConfigError for the first thing that is missing; nothing where it is not enabled."""
    if not settings.enabled:
        return
    if not all(find_spec(module) for module in _MODULES):
        raise ConfigError(
            f"redaction.presidio is enabled and needs a package that is not installed: {INSTALL}; "
            "or set redaction.presidio.enabled to false"
        )
    if settings.model:
        _check_model(settings.model, settings.language)


def _check_model(model: str, language: str) -> None:
    """A folder as spaCy writes it, or the name of a distribution. Presidio would try to download anything else."""
    folder = Path(model)
    if folder.is_dir():
        _check_language(folder, language)
        return
    try:
        distribution(model)
    except (PackageNotFoundError, ValueError):
        raise ConfigError(
            f"redaction.presidio.model {model} is neither a folder nor an installed package: name the folder of a "
            "spaCy pipeline, or install the pipeline with pip; nothing is downloaded"
        ) from None


def _check_language(folder: Path, language: str) -> None:
    try:
        spoken = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["lang"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigError(
            f"redaction.presidio.model {folder} is not a spaCy pipeline: it needs the meta.json and config.cfg that "
            "spaCy writes (of an unpacked wheel, name the inner folder that ends in the version)"
        ) from None
    if spoken != language:
        raise ConfigError(
            f"redaction.presidio.model {folder} is for {spoken!r}, redaction.presidio.language is {language!r}: "
            "set the language to the model's"
        )
