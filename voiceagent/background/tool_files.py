"""Tools that stand in a `tools.py` beside an agent.yaml. Nothing else has to name them.

The file is run in this process, so it comes from the folders of the configured profiles only: no call, caller or
request has a say in which. It is a package of its own: files beside it are imported with a dot.
"""

import ast
import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

from voiceagent.background.tools import Tool
from voiceagent.core.errors import ConfigError

TOOLS_FILE: Final = "tools.py"


def tools_beside(profiles: Iterable[Path]) -> tuple[Tool, ...]:
    """The tools beside each agent.yaml, which may be named by its folder. Raises ConfigError with the place."""
    folders = dict.fromkeys((path if path.is_dir() else path.parent).resolve() for path in profiles)
    found = [tool for folder in folders if (folder / TOOLS_FILE).is_file() for tool in _tools_of(folder)]
    return tuple({id(tool): tool for tool in found}.values())  # folders may import one that is shared


def _tools_of(folder: Path) -> Sequence[Tool]:
    path = folder / TOOLS_FILE
    _check_source(path)
    found = {id(value): value for value in vars(_imported(path)).values() if isinstance(value, Tool)}
    return tuple(found.values())


def _check_source(path: Path) -> None:
    """What Python itself would let pass: of two functions with one name the first would be lost without a word."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    except SyntaxError as error:
        raise ConfigError(f"{path}:{error.lineno or 1}: this is not Python: {error.msg}") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read {path}: {error}; it is Python source in UTF-8") from error
    lines: dict[str, int] = {}
    for node in tree.body:
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
            if node.name in lines:
                first = lines[node.name]
                raise ConfigError(f"{path}:{node.lineno}: {node.name} is defined in line {first} already; rename one")
            lines[node.name] = node.lineno


def _imported(path: Path) -> ModuleType:
    """The file as a module, run afresh. Raises ConfigError for whatever it raises."""
    name = f"voiceagent_tools_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    for loaded in [known for known in sys.modules if known == name or known.startswith(f"{name}.")]:
        del sys.modules[loaded]
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=[str(path.parent)])
    if spec is None or spec.loader is None:
        raise ConfigError(f"cannot import {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (
        Exception,
        SystemExit,
    ) as error:  # it is a stranger's code: whatever is wrong in it must be told with its place
        del sys.modules[name]
        raise ConfigError(f"{_place(error, path)}: {_explained(error)}") from error
    return module


def _place(error: BaseException, path: Path) -> str:
    """The last line of the folder that was being run."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}"
    inside = [step for step in traceback.extract_tb(error.__traceback__) if step.filename.startswith(str(path.parent))]
    return f"{inside[-1].filename}:{inside[-1].lineno}" if inside else str(path)


def _explained(error: BaseException) -> str:
    match error:
        case ConfigError():
            return str(error)
        case SystemExit():
            return "it ends the process; tools are imported, so leave out `sys.exit`"
        case ModuleNotFoundError():
            return (
                f"{error}; install it where voiceagent is installed, or write `from .{error.name} import ...` "
                "for a file beside tools.py"
            )
        case _:
            return f"{type(error).__name__}: {error}"
