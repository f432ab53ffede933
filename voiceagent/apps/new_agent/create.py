"""Make the folder of a new agent: agent.yaml, tools.py, scenarios that pass."""

import re
from pathlib import Path
from string import Template
from typing import Final

from voiceagent.core.errors import BadInput, ConfigError

_TEMPLATE: Final = Path(__file__).parent / "template"
_SUFFIX: Final = ".template"
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}")


def create_agent(name: str, parent: Path) -> Path:
    """The new folder `parent/name`. Raises BadInput for a name that is none, ConfigError for a folder that is there."""
    if not _NAME.fullmatch(name):
        raise BadInput(f"{name!r} cannot name an agent: begin with a letter, then a-z, 0-9, - and _, like my-line")
    folder = parent / name
    try:
        folder.mkdir(parents=True)
        for source in sorted(_TEMPLATE.rglob(f"*{_SUFFIX}")):
            target = folder / source.relative_to(_TEMPLATE).with_suffix("")
            target.parent.mkdir(exist_ok=True)
            text = Template(source.read_text(encoding="utf-8"))
            target.write_text(text.substitute(name=name, tools=name.replace("-", "_")), encoding="utf-8")
    except FileExistsError as error:
        raise ConfigError(f"{folder} is there already and is left as it is; choose another name or --dir") from error
    except OSError as error:
        raise ConfigError(f"cannot write {folder}: {error.strerror}; choose another --dir") from error
    return folder
