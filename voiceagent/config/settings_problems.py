"""What is wrong with settings: each mistake with its place (line and column, or environment variable) and its remedy.

No value is shown unless a check of ours shows it: some of them are secrets.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from voiceagent.config.yaml_values import YamlValues, nearest

ENV_PREFIX: Final = "VOICEAGENT_"
ENV_DELIMITER: Final = "__"
_Place = tuple[int | str, ...]

_REMEDIES: Final = {
    "missing": "is missing; add it",
    "string_type": "must be a text; put it in quotes",
    "tuple_type": "must be a list, such as [one, other]",
    "dict_type": "must be a mapping of `key: value` lines",
    "model_type": "must be a mapping of `key: value` lines",
}


def settings_problems(
    error: ValidationError, model: type[BaseModel], path: Path, root: yaml.Node | None, environment: Mapping[str, str]
) -> str:
    """One line for each problem; `root` is the content of the settings file at `path`, None without one."""
    in_file, elsewhere = YamlValues(), []
    for problem in error.errors():
        text, where = _text(problem, model), problem["loc"]
        if problem["type"] == "missing":
            where = where[:-1]
        variables = _variables(where, environment)
        if variables:
            elsewhere.append(f"environment variable {' or '.join(variables)}: {text}")
        elif root is not None and where:
            in_file.complain(_node(root, where, at_key=problem["type"] == "extra_forbidden"), text)
        else:
            elsewhere.append(text)
    ordered = sorted(in_file.problems, key=lambda problem: (problem.line, problem.column))
    return "\n".join([*(f"{path}:{problem}" for problem in ordered), *elsewhere])


def _text(problem: ErrorDetails, model: type[BaseModel]) -> str:
    where = problem["loc"]
    if problem["type"] == "extra_forbidden":
        section = ".".join(map(str, where[:-1])) or "settings"
        return f"{section}: unknown key '{where[-1]}'; {nearest(str(where[-1]), _fields(model, where[:-1]))}"
    name = ".".join(map(str, where)) or "settings"
    if problem["type"] in _REMEDIES:
        return f"{name} {_REMEDIES[problem['type']]}"
    said = problem["msg"].removeprefix("Value error, ")
    if said.startswith("Input should "):
        return f"{name} must {said.removeprefix('Input should ')}"
    return f"{name} {said}" if said.startswith(("is ", "has ")) else f"{name}: {said}"


def _fields(model: type[BaseModel], where: _Place) -> list[str]:
    """The keys that may stand at `where`."""
    for part in where:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            kinds = [kind for kind in (annotation, *get_args(annotation)) if isinstance(kind, type)]
            model = next(kind for kind in kinds if issubclass(kind, BaseModel))
    return list(model.model_fields)


def _variables(where: _Place, environment: Mapping[str, str]) -> list[str]:
    """The environment variables that have set what stands at `where`; they are stronger than the file."""
    if not where:
        return []
    name = _variable(where)
    found = [each for each in environment if each.upper() == name or each.upper().startswith(name + ENV_DELIMITER)]
    for length in range(len(where) - 1, 0, -1):
        name = _variable(where[:length])
        found += [each for each, text in environment.items() if each.upper() == name and _holds(text, where[length:])]
    return sorted(found)


def _variable(where: _Place) -> str:
    return ENV_PREFIX + ENV_DELIMITER.join(map(str, where)).upper()


def _holds(text: str, where: _Place) -> bool:
    """Whether a variable that is JSON has something there."""
    try:
        value: Any = json.loads(text)
        for part in where:
            value = value[part]
    except (ValueError, LookupError, TypeError):
        return False
    return True


def _node(root: yaml.Node, where: _Place, *, at_key: bool) -> yaml.Node:
    """The node at `where`, or the innermost one around it that the file has."""
    node = place = root
    for part in where:
        if isinstance(node, yaml.MappingNode):
            pairs = [(key, value) for key, value in node.value if key.value == str(part)]
            if not pairs:
                break
            key, node = pairs[-1]  # of two that are equal YAML takes the last
            place = key if at_key else node
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = place = node.value[part]
        else:
            break
    return place
